"""What the room answers."""

from billing.queries.invoices import invoice_for, invoices_due, invoices_of
from billing.queries.payouts import payouts_due, payouts_of
from billing.queries.settlements import (
    agreements_owing_damages,
    outstanding_damages,
    resting_keys,
    settled_charge,
    settlements_of,
    usage_awaiting_settlement,
)

__all__ = [
    "agreements_owing_damages",
    "invoice_for",
    "invoices_due",
    "invoices_of",
    "outstanding_damages",
    "payouts_due",
    "payouts_of",
    "resting_keys",
    "settled_charge",
    "settlements_of",
    "usage_awaiting_settlement",
]
