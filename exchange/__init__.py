"""The pure machine: standard library only, no Django, no clock, no chance."""
