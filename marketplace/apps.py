"""Registers the room with Django."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Where capacity meets demand: catalogue, listings, orders, trades."""

    name = "marketplace"
