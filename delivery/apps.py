"""Registers the room with Django."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """What was delivered: allocations, connectors, jobs, readings."""

    name = "delivery"
