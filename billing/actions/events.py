"""News from Stripe: each signed event once, with its effect, in one transaction."""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from billing.actions.deposits import apply_intent
from billing.actions.withdrawals import apply_refund
from billing.adapters import stripe_gateway
from billing.models import Deposit, Refund, StripeEvent

logger = structlog.get_logger(__name__)


def receive_event(*, payload: bytes, signature: str, wall: datetime, now: datetime) -> StripeEvent:
    """Take a webhook's event in; a second delivery changes nothing.

    Refuses with BadSignature what Stripe did not sign within five minutes. Events may come in
    any order: payments only move forward.
    """
    event = stripe_gateway.read_event(payload, signature)
    return take_event(event=event, wall=wall, now=now)


@transaction.atomic
def take_event(*, event: dict[str, Any], wall: datetime, now: datetime) -> StripeEvent:
    """Write an event to the inbox together with its effect, once."""
    row, created = StripeEvent.objects.get_or_create(
        event_id=event["id"],
        defaults={"kind": event["type"], "body": event, "received_at": wall, "handled_at": now},
    )
    if created:
        row.problem = _effect(event["type"], event["data"]["object"], now)[:200]
        if row.problem:
            logger.error("news_without_effect", event_id=row.event_id, problem=row.problem)
            row.save(update_fields=["problem"])
    return row


def _effect(kind: str, subject: dict[str, Any], now: datetime) -> str:
    if kind.startswith("payment_intent."):
        intent = stripe_gateway.intent_of(subject)
        deposit_id = _deposit_of(intent.id, dict(intent.metadata))
        if deposit_id is None:
            return "no deposit has this payment intent"
        return apply_intent(deposit_id=deposit_id, intent=intent, now=now)
    if kind.startswith("refund."):
        returned = stripe_gateway.refund_of(subject)
        refund_id = _refund_of(returned.id, dict(returned.metadata))
        if refund_id is None:
            return "no withdrawal has this refund"
        return apply_refund(refund_id=refund_id, returned=returned, now=now)
    return ""


def _deposit_of(intent_id: str, metadata: dict[str, str]) -> int | None:
    """An event may overtake the answer that names the intent: then the metadata tells."""
    found = Deposit.objects.filter(intent_id=intent_id).values_list("pk", flat=True).first()
    named = metadata.get("deposit", "")
    if found is None and named.isdecimal():
        found = Deposit.objects.filter(pk=int(named)).values_list("pk", flat=True).first()
    return found


def _refund_of(name: str, metadata: dict[str, str]) -> int | None:
    found = Refund.objects.filter(refund_id=name).values_list("pk", flat=True).first()
    named = metadata.get("refund", "")
    if found is None and named.isdecimal():
        found = Refund.objects.filter(pk=int(named)).values_list("pk", flat=True).first()
    return found
