"""Registers the room with Django."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Stand-ins for the outside world, for demo and tests only."""

    name = "sandbox"
