"""Registers the room with Django."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """What is owed: settlement, invoices, payments, payouts."""

    name = "billing"
