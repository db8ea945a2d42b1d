"""What the room hands out: documents on paper (PDF)."""
