"""How the rooms are wired; imported by nobody."""
