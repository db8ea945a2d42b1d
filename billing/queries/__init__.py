"""What the room answers."""

from billing.queries.invoices import invoice_for, invoices_due, invoices_of
from billing.queries.payments import (
    deposit_for,
    deposits_of,
    deposits_without_news,
    owed_to,
    refunds_without_news,
    spent_since,
    withdrawable_fen,
    withdrawals_of,
)
from billing.queries.payouts import payouts_due, payouts_of
from billing.queries.settlements import (
    agreements_owing_damages,
    link_hours_awaiting_settlement,
    outstanding_damages,
    resting_keys,
    settled_charge,
    settlements_of,
    usage_awaiting_settlement,
)

__all__ = [
    "agreements_owing_damages",
    "deposit_for",
    "deposits_of",
    "deposits_without_news",
    "invoice_for",
    "invoices_due",
    "invoices_of",
    "link_hours_awaiting_settlement",
    "outstanding_damages",
    "owed_to",
    "payouts_due",
    "payouts_of",
    "refunds_without_news",
    "resting_keys",
    "settled_charge",
    "settlements_of",
    "spent_since",
    "usage_awaiting_settlement",
    "withdrawable_fen",
    "withdrawals_of",
]
