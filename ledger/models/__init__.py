"""Rows of the money book; imported only inside the room."""
