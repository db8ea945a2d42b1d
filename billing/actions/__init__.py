"""What the room does."""

from billing.actions.attempts import note_failure, note_success
from billing.actions.covering import conclude, cover, order_substitute, set_aside, take_back
from billing.actions.damages import collect_damages
from billing.actions.deposits import ask_deposit
from billing.actions.events import receive_event, take_event
from billing.actions.invoices import issue_invoice, issue_invoices
from billing.actions.link_settlements import settle_link_hour
from billing.actions.payouts import record_payout, record_payouts
from billing.actions.reconciling import fetch_missed_events, follow_deposit, follow_refund
from billing.actions.settlements import settle_usage
from billing.actions.withdrawals import withdraw

__all__ = [
    "ask_deposit",
    "collect_damages",
    "conclude",
    "cover",
    "fetch_missed_events",
    "follow_deposit",
    "follow_refund",
    "issue_invoice",
    "issue_invoices",
    "note_failure",
    "note_success",
    "order_substitute",
    "receive_event",
    "record_payout",
    "record_payouts",
    "set_aside",
    "settle_link_hour",
    "settle_usage",
    "take_back",
    "take_event",
    "withdraw",
]
