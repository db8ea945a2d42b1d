"""Buyers and sellers of the sandbox: demand from traces, supply from price lists."""
