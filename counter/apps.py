"""Registers the room with Django."""

from django.apps import AppConfig


class CounterConfig(AppConfig):
    """What all doors share: who acts, how figures, lists and refusals look."""

    name = "counter"
