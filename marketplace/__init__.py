"""Where capacity meets demand: catalogue, listings, orders, trades."""
