"""Pages that tell one story across rooms; it has no models."""
