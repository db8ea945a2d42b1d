"""Record payouts as payable. Paying them by Connect transfers comes later."""

from datetime import date, datetime

from django.db import transaction

from accounts.actions import record_deed
from billing.models import Payout
from billing.queries.payouts import payout_amount_fen, payouts_due
from exchange.units import MICROS_PER_FEN
from ledger.actions import lock_accounts, transfer
from ledger.domain.accounts import payable

MANY = 10_000


@transaction.atomic
def record_payout(*, member_id: int, delivery_day: date, now: datetime) -> Payout:
    """Commit what a seller is owed for its papers up to a day; again returns the first.

    The amount leaves the seller's payable for the account of payouts under way, so that
    neither damages nor a later run can touch it. A payout of nothing is recorded too.
    """
    lock_accounts(keys=[payable(member_id)], now=now)
    before = Payout.objects.filter(member_id=member_id, delivery_day=delivery_day).first()
    if before is not None:
        return before
    amount_fen = payout_amount_fen(member_id, delivery_day)
    payout = Payout.objects.create(
        member_id=member_id, delivery_day=delivery_day, amount_fen=amount_fen, recorded_at=now
    )
    if amount_fen:
        transfer(
            from_account=payable(member_id),
            to_account="bank:payouts",
            amount_micros=amount_fen * MICROS_PER_FEN,
            key=f"payout:{payout.pk}",
            kind="PAYOUT",
            facts={"delivery_day": delivery_day.isoformat()},
            now=now,
        )
    record_deed(
        verb="PAYOUT_RECORDED",
        subject=f"payout:{payout.pk}",
        member_id=member_id,
        facts={"amount_fen": amount_fen},
        now=now,
    )
    return payout


def record_payouts(*, delivery_day: date, now: datetime) -> list[Payout]:
    """Record all payouts that are due for a delivery day, each in its own transaction."""
    due = [member_id for member_id, day in payouts_due(now, MANY) if day == delivery_day]
    return [record_payout(member_id=m, delivery_day=delivery_day, now=now) for m in due]
