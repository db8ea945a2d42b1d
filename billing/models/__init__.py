"""Rows of what is owed."""

from billing.models.attempt import Attempt
from billing.models.invoice import Invoice, InvoiceLine
from billing.models.payment import Deposit, Payout, Refund, StripeEvent, Withdrawal
from billing.models.settlement import DamagesPayment, Settlement

__all__ = [
    "Attempt",
    "DamagesPayment",
    "Deposit",
    "Invoice",
    "InvoiceLine",
    "Payout",
    "Refund",
    "Settlement",
    "StripeEvent",
    "Withdrawal",
]
