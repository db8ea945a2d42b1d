"""What time it is in the market, as arithmetic."""
