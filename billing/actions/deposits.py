"""Deposits: a payment intent, and the member's funds when Stripe says that it was received."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from billing.adapters import stripe_gateway
from billing.domain.payments import DEPOSIT_LIFECYCLE, Intent
from billing.domain.refusals import AmountOutOfBounds, KeyUsedOtherwise, PaymentRefused
from billing.models import Deposit
from exchange.units import MICROS_PER_FEN
from ledger.actions import transfer
from ledger.domain.accounts import trading

MOST_FEN = 99_999_999


def ask_deposit(
    *,
    member_id: int,
    amount_fen: int,
    key: str,
    payment_method: str,
    return_url: str = "",
    person_id: int | None = None,
    now: datetime,
) -> Deposit:
    """Ask Stripe for a member's deposit; the same key again is the same deposit.

    Refuses amounts beyond eight digits with AmountOutOfBounds, and another content under the
    key with KeyUsedOtherwise. When Stripe does not answer, the deposit stays ASKED and is
    repeated by the reconciliation. Never call it inside an open transaction.
    """
    if not 0 < amount_fen <= MOST_FEN:
        raise AmountOutOfBounds
    wanted = {
        "member_id": member_id,
        "amount_fen": amount_fen,
        "payment_method": payment_method,
        "return_url": return_url,
    }
    with transaction.atomic():
        deposit, created = Deposit.objects.get_or_create(
            key=f"deposit:{member_id}:{key}", defaults={**wanted, "asked_at": now}
        )
        if any(getattr(deposit, name) != value for name, value in wanted.items()):
            raise KeyUsedOtherwise
        if created:
            record_deed(
                verb="DEPOSIT_ASKED",
                subject=f"deposit:{deposit.pk}",
                member_id=member_id,
                person_id=person_id,
                facts={"amount_fen": amount_fen},
                now=now,
            )
    if deposit.state == "ASKED":
        send_deposit(deposit_id=deposit.pk, now=now)
        deposit.refresh_from_db()
    return deposit


def send_deposit(*, deposit_id: int, now: datetime) -> None:
    """Create the payment intent of a deposit that was asked, under its stored key.

    Refuses with PaymentsAway when Stripe does not answer; a definite no fails the deposit.
    """
    deposit = Deposit.objects.get(pk=deposit_id)
    try:
        intent = stripe_gateway.create_intent(
            amount_fen=deposit.amount_fen,
            key=deposit.key,
            payment_method=deposit.payment_method,
            return_url=deposit.return_url,
            metadata={"deposit": str(deposit.pk)},
        )
    except PaymentRefused as refusal:
        fail_deposit(deposit_id=deposit_id, reason=str(refusal.facts["reason"]))
        return
    apply_intent(deposit_id=deposit_id, intent=intent, now=now)


@transaction.atomic
def apply_intent(*, deposit_id: int, intent: Intent, now: datetime) -> str:
    """Let a deposit follow its intent, forward only; return why it did not, if so.

    What was received is credited to the member's trading funds, once.
    """
    deposit = Deposit.objects.select_for_update().get(pk=deposit_id)
    if deposit.intent_id not in {None, intent.id}:
        return "another payment intent"
    deposit.intent_id = intent.id
    if not DEPOSIT_LIFECYCLE.may(deposit.state, intent.state):
        deposit.save(update_fields=["intent_id"])
        return ""
    if intent.state == "RECEIVED" and (intent.received_fen, intent.currency) != (
        deposit.amount_fen,
        stripe_gateway.CURRENCY,
    ):
        return f"received {intent.received_fen} {intent.currency}"
    deposit.state = intent.state
    deposit.reason = intent.reason[:200]
    deposit.next_url = intent.next_url
    if intent.state == "RECEIVED":
        deposit.received_at = now
        _credit(deposit, now)
    deposit.save()
    return ""


@transaction.atomic
def fail_deposit(*, deposit_id: int, reason: str) -> None:
    """End a deposit that Stripe would not take; one that was received stays received."""
    deposit = Deposit.objects.select_for_update().get(pk=deposit_id)
    if DEPOSIT_LIFECYCLE.may(deposit.state, "FAILED"):
        deposit.state, deposit.reason = "FAILED", reason[:200]
        deposit.save(update_fields=["state", "reason"])


def _credit(deposit: Deposit, now: datetime) -> None:
    transfer(
        from_account="bank:stripe",
        to_account=trading(deposit.member_id),
        amount_micros=deposit.amount_fen * MICROS_PER_FEN,
        key=f"deposit:{deposit.pk}",
        kind="DEPOSIT",
        facts={"deposit": deposit.pk, "intent": deposit.intent_id},
        now=now,
    )
    record_deed(
        verb="DEPOSIT_RECEIVED",
        subject=f"deposit:{deposit.pk}",
        member_id=deposit.member_id,
        facts={"amount_fen": deposit.amount_fen},
        now=now,
    )
