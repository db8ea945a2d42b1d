"""Commands across rooms."""
