"""The matching engine's process: one writer of the market, and one that waits to follow it."""
