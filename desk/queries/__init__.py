"""What the desk's pages ask across rooms."""
