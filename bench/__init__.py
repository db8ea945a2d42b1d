"""Measures the house against known peers, in interleaved rounds on one machine."""
