"""Opens settlements, invoices and payments for regulators and operators."""

from billing.models import (
    Deposit,
    Invoice,
    InvoiceLine,
    Payout,
    Settlement,
    StripeEvent,
    Withdrawal,
)
from counter.watching import open_for_watching

open_for_watching(Settlement, Invoice, InvoiceLine, Payout, Deposit, Withdrawal, StripeEvent)
