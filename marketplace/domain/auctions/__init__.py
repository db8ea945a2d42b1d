"""Rules of the call auction that need no rows: gates, entries, and what an outcome tells."""
