"""Template tags and filters for figures."""
