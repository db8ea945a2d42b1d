"""Stand-ins for the outside world, for demo and tests only."""
