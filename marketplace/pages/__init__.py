"""The market's pages: look, ask, place, list."""
