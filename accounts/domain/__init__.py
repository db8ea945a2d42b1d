"""Who may do what, as tables and pure functions."""
