"""The room's way to the outside: the market's engine."""
