"""Registers the room with Django."""

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """What was promised: agreements with frozen terms and signatures."""

    name = "contracts"
