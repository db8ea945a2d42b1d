"""Reconcile with Stripe: repeat what had no answer, and fetch the news that did not come."""

from datetime import datetime, timedelta

from billing.actions.deposits import apply_intent, send_deposit
from billing.actions.events import take_event
from billing.actions.withdrawals import apply_refund, send_refund
from billing.adapters import stripe_gateway
from billing.models import Deposit, Refund
from billing.queries.payments import newest_event_at

OVERLAP = timedelta(hours=1)
FIRST_LOOK = timedelta(days=3)
EVENTS_A_TURN = 500


def follow_deposit(*, deposit_id: int, now: datetime) -> None:
    """Ask Stripe again about a deposit; refuses with PaymentsAway when it does not answer."""
    deposit = Deposit.objects.get(pk=deposit_id)
    if deposit.intent_id is None:
        send_deposit(deposit_id=deposit_id, now=now)
        return
    intent = stripe_gateway.retrieve_intent(deposit.intent_id)
    apply_intent(deposit_id=deposit_id, intent=intent, now=now)


def follow_refund(*, refund_id: int, now: datetime) -> None:
    """Ask Stripe again about a refund; refuses with PaymentsAway when it does not answer."""
    refund = Refund.objects.get(pk=refund_id)
    if refund.refund_id is None:
        send_refund(refund_id=refund_id, now=now)
        return
    returned = stripe_gateway.retrieve_refund(refund.refund_id)
    apply_refund(refund_id=refund_id, returned=returned, now=now)


def fetch_missed_events(*, wall: datetime, now: datetime) -> int:
    """Take in events whose webhooks did not come; return how many were looked at."""
    newest = newest_event_at()
    since = (newest - OVERLAP) if newest else wall - FIRST_LOOK
    events = list(stripe_gateway.events_since(int(since.timestamp()), EVENTS_A_TURN))
    for event in reversed(events):
        take_event(event=event, wall=wall, now=now)
    return len(events)
