"""Registers the room with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who may act: members, people, roles, API credentials, audit trail."""

    name = "accounts"
