"""What the room says to the outside: letters."""
