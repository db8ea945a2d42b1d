"""Registers the room with Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The money book: double entry, append-only, with two-phase holds."""

    name = "ledger"
