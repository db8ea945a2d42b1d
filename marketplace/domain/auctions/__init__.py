"""What a cleared auction tells its readers: curves, prices, and what each order did."""
