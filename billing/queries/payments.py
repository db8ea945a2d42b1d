"""Deposits, withdrawals, and what of them waits for news."""

from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from billing.models import Deposit, Payout, Refund, Settlement, StripeEvent, Withdrawal
from exchange.units import MICROS_PER_FEN
from ledger.queries import funds_of


def deposits_of(member_id: int) -> QuerySet[Deposit]:
    """Return a member's deposits, newest first."""
    return Deposit.objects.filter(member_id=member_id)


def deposit_for(member_id: int, deposit_id: int) -> Deposit | None:
    """Return the member's deposit; none for strangers."""
    return deposits_of(member_id).filter(pk=deposit_id).first()


def withdrawals_of(member_id: int) -> QuerySet[Withdrawal]:
    """Return a member's withdrawals, newest first."""
    return Withdrawal.objects.filter(member_id=member_id).prefetch_related("refunds")


def refundable_deposits(member_id: int) -> list[tuple[int, int]]:
    """Return (deposit, fen that may still return to its card), oldest first."""
    returned = Sum("refunds__amount_fen", filter=~Q(refunds__state="FAILED"), default=0)
    rows = deposits_of(member_id).filter(state="RECEIVED").annotate(returned=returned)
    left = rows.annotate(left=F("amount_fen") - F("returned")).filter(left__gt=0)
    return list(left.order_by("received_at", "pk").values_list("pk", "left"))


def withdrawable_fen(member_id: int) -> int:
    """Return how much the member could take back now, in whole fen."""
    available = funds_of(member_id).available_micros // MICROS_PER_FEN
    return min(available, sum(left for _, left in refundable_deposits(member_id)))


def owed_to(member_id: int) -> int:
    """Return what the exchange owes a seller, in micros: earned, and recorded as payable."""
    recorded = Payout.objects.filter(member_id=member_id, state="PAYABLE")
    fen = recorded.aggregate(fen=Sum("amount_fen", default=0))["fen"]
    return funds_of(member_id).payable_micros + int(fen) * MICROS_PER_FEN


def deposits_without_news(limit: int) -> list[int]:
    """Return deposits that were asked or wait, oldest first."""
    rows = Deposit.objects.filter(state__in=["ASKED", "PENDING"]).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def refunds_without_news(limit: int) -> list[int]:
    """Return refunds that were asked or sent, oldest first."""
    rows = Refund.objects.filter(state__in=["ASKED", "SENT"]).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def newest_event_at() -> datetime | None:
    """Return when the newest event came in (wall time)."""
    newest = StripeEvent.objects.order_by("-received_at").first()
    return newest.received_at if newest else None


def spent_since(member_id: int, since: datetime) -> int:
    """Return what a buyer's delivered hours cost since a market instant, VAT included; micros."""
    rows = Settlement.objects.filter(agreement__buyer_id=member_id, hour_start__gte=since)
    spent = rows.aggregate(spent=Sum(F("value_micros") + F("vat_micros"), default=0))["spent"]
    return int(spent)
