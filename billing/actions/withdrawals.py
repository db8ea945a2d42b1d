"""Withdrawals: unused funds return to the cards that paid them in, oldest first."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from billing.adapters import stripe_gateway
from billing.domain.payments import REFUND_LIFECYCLE, Returned, plan_refunds, withdrawal_state
from billing.domain.refusals import (
    AmountOutOfBounds,
    KeyUsedOtherwise,
    NotRefundable,
    PaymentRefused,
    PaymentsAway,
    WithdrawalTooLarge,
)
from billing.models import Refund, Withdrawal
from billing.queries.payments import refundable_deposits
from exchange.units import MICROS_PER_FEN
from ledger.actions import lock_trading, transfer
from ledger.domain.accounts import trading


def withdraw(
    *,
    member_id: int,
    amount_fen: int,
    key: str,
    person_id: int | None = None,
    now: datetime,
) -> Withdrawal:
    """Take unused funds back; the same key again is the same withdrawal.

    Refuses more than what is available (WithdrawalTooLarge) and more than what the member's
    own card payments can take back (NotRefundable). The funds leave at once; a refund that
    fails returns them. Never call it inside an open transaction.
    """
    if amount_fen <= 0:
        raise AmountOutOfBounds
    withdrawal = _record(member_id, amount_fen, f"withdrawal:{member_id}:{key}", person_id, now)
    for refund_id in withdrawal.refunds.filter(state="ASKED").values_list("pk", flat=True):
        try:
            send_refund(refund_id=refund_id, now=now)
        except PaymentsAway:
            # Stays ASKED under its stored key; the reconciliation sends it again.
            break
    withdrawal.refresh_from_db()
    return withdrawal


@transaction.atomic
def _check_covered(
    amount_fen: int, available_micros: int, refundable: list[tuple[int, int]]
) -> None:
    """Refuse more than is free, and more than the member's own deposits can take back."""
    if amount_fen * MICROS_PER_FEN > available_micros:
        raise WithdrawalTooLarge(available=_yuan(available_micros // MICROS_PER_FEN))
    left_fen = sum(left for _, left in refundable)
    if left_fen < amount_fen:
        raise NotRefundable(refundable=_yuan(left_fen))


def _record(
    member_id: int, amount_fen: int, key: str, person_id: int | None, now: datetime
) -> Withdrawal:
    available_micros = lock_trading(member_id=member_id, now=now)
    before = Withdrawal.objects.filter(key=key).first()
    if before is not None:
        if (before.member_id, before.amount_fen) != (member_id, amount_fen):
            raise KeyUsedOtherwise
        return before
    _check_covered(amount_fen, available_micros, refundable := refundable_deposits(member_id))
    withdrawal = Withdrawal.objects.create(
        member_id=member_id, key=key, amount_fen=amount_fen, asked_at=now
    )
    Refund.objects.bulk_create(
        Refund(
            withdrawal=withdrawal,
            deposit_id=deposit_id,
            amount_fen=part,
            key=f"refund:{withdrawal.pk}:{deposit_id}",
        )
        for deposit_id, part in plan_refunds(amount_fen, refundable)
    )
    transfer(
        from_account=trading(member_id),
        to_account="bank:refunds",
        amount_micros=amount_fen * MICROS_PER_FEN,
        key=f"withdrawal:{withdrawal.pk}",
        kind="WITHDRAWAL",
        facts={"withdrawal": withdrawal.pk},
        now=now,
    )
    record_deed(
        verb="WITHDRAWAL_ASKED",
        subject=f"withdrawal:{withdrawal.pk}",
        member_id=member_id,
        person_id=person_id,
        facts={"amount_fen": amount_fen},
        now=now,
    )
    return withdrawal


def send_refund(*, refund_id: int, now: datetime) -> None:
    """Send a refund that was asked, under its stored key.

    Refuses with PaymentsAway when Stripe does not answer; a definite no gives the funds back.
    """
    refund = Refund.objects.select_related("deposit").get(pk=refund_id)
    try:
        returned = stripe_gateway.create_refund(
            intent_id=refund.deposit.intent_id or "",
            amount_fen=refund.amount_fen,
            key=refund.key,
            metadata={"refund": str(refund.pk)},
        )
    except PaymentRefused as refusal:
        reason = str(refusal.facts["reason"])
        returned = Returned(id="", status="failed", amount_fen=refund.amount_fen, reason=reason)
    apply_refund(refund_id=refund_id, returned=returned, now=now)


@transaction.atomic
def apply_refund(*, refund_id: int, returned: Returned, now: datetime) -> str:
    """Let a refund follow what Stripe says, forward only; return why it did not, if so.

    Paid, the money has left; failed, even after it was paid, it is the member's again.
    """
    withdrawal_id = Refund.objects.values_list("withdrawal_id", flat=True).get(pk=refund_id)
    withdrawal = Withdrawal.objects.select_for_update().get(pk=withdrawal_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    if refund.refund_id not in {None, returned.id}:
        return "another refund"
    refund.refund_id = returned.id or None
    if REFUND_LIFECYCLE.may(refund.state, returned.state):
        _book(refund, withdrawal, returned.state, now)
        refund.state, refund.reason = returned.state, returned.reason[:200]
    refund.save()
    states = list(withdrawal.refunds.values_list("state", flat=True))
    withdrawal.state = withdrawal_state(states)
    withdrawal.ended_at = now if withdrawal.state in {"PAID", "FAILED"} else None
    withdrawal.save(update_fields=["state", "ended_at"])
    return ""


def _book(refund: Refund, withdrawal: Withdrawal, state: str, now: datetime) -> None:
    """The money waits in bank:refunds until it has left or come back."""
    if state == "SENT":
        return
    source = "bank:stripe" if refund.state == "PAID" else "bank:refunds"
    target = "bank:stripe" if state == "PAID" else trading(withdrawal.member_id)
    transfer(
        from_account=source,
        to_account=target,
        amount_micros=refund.amount_fen * MICROS_PER_FEN,
        key=f"refund:{refund.pk}:{state.lower()}",
        kind="REFUND" if state == "PAID" else "REFUND_FAILED",
        facts={"withdrawal": withdrawal.pk, "deposit": refund.deposit_id},
        now=now,
    )
    record_deed(
        verb=f"REFUND_{state}",
        subject=f"withdrawal:{withdrawal.pk}",
        member_id=withdrawal.member_id,
        facts={"amount_fen": refund.amount_fen},
        now=now,
    )


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"
