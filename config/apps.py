"""Registers the room with Django."""

from django.apps import AppConfig

from config.celery import app as celery_app

__all__ = ["ConfigConfig", "celery_app"]


class ConfigConfig(AppConfig):
    """Wiring: commands that reach across rooms, and the worker's application for every process."""

    name = "config"
