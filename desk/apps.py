"""Registers the room with Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Pages that tell one story across rooms; it has no models."""

    name = "desk"
