"""Pages of the call auction."""
