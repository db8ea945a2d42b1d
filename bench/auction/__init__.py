"""Measures the call auction."""
