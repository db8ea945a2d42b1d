"""Registers the room with Django."""

import structlog
from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps

from config.celery import app as celery_app
from config.compiled import Choice

__all__ = ["ConfigConfig", "WatchingConfig", "celery_app"]


class ConfigConfig(AppConfig):
    """Wiring: commands that reach across rooms, and the worker's application for every process."""

    name = "config"
    default = True

    def ready(self) -> None:
        """Say which book this process runs, if it is one that matches."""
        if Choice.told is not None:
            structlog.get_logger(__name__).info("book", runs=Choice.told)


class WatchingConfig(admin_apps.AdminConfig):
    """Django's admin, as a read-only desk for regulators and operators."""

    default = False
    default_site = "counter.watching.WatchingSite"
