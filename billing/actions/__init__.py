"""What the room does."""

from billing.actions.attempts import note_failure, note_success
from billing.actions.damages import collect_damages
from billing.actions.invoices import issue_invoice, issue_invoices
from billing.actions.payouts import record_payout, record_payouts
from billing.actions.settlements import settle_usage

__all__ = [
    "collect_damages",
    "issue_invoice",
    "issue_invoices",
    "note_failure",
    "note_success",
    "record_payout",
    "record_payouts",
    "settle_usage",
]
