"""Rows of what is owed."""

from billing.models.invoice import Invoice, InvoiceLine
from billing.models.payment import Deposit, Payout, StripeEvent, Withdrawal
from billing.models.settlement import Settlement

__all__ = [
    "Deposit",
    "Invoice",
    "InvoiceLine",
    "Payout",
    "Settlement",
    "StripeEvent",
    "Withdrawal",
]
