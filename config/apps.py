"""Registers the room with Django."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Wiring: commands that reach across rooms."""

    name = "config"
