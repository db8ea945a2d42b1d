"""What the room answers."""
