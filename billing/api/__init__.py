"""The room's API."""
