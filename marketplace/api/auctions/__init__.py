"""The call auction through the API."""
