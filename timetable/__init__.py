"""When: the market clock, delivery calendar, gates and sessions."""
