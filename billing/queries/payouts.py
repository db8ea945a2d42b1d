"""What sellers are to be paid."""

from datetime import date, timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet, Sum

from billing.domain.payouts import payout_fen
from billing.models import Invoice, Payout, Settlement
from exchange.window import day_start
from ledger.domain.accounts import payable
from ledger.queries import balance_of, booked


def payouts_due(limit: int) -> list[tuple[int, date]]:
    """Return sellers and days that were invoiced and have no payout yet, oldest day first."""
    recorded = Payout.objects.filter(
        member_id=OuterRef("issuer_id"), delivery_day=OuterRef("delivery_day")
    )
    rows = Invoice.objects.filter(~Exists(recorded), issuer__isnull=False)
    pairs = rows.order_by("delivery_day", "issuer_id").values_list("issuer_id", "delivery_day")
    return [(int(member_id or 0), day) for member_id, day in pairs.distinct()[:limit]]


def payout_amount_fen(member_id: int) -> int:
    """Return what the seller's papers say is owed and was not recorded as payable before."""
    issued = Invoice.objects.filter(issuer_id=member_id)
    fees = Invoice.objects.filter(issuer=None, customer_id=member_id)
    recorded = Payout.objects.filter(member_id=member_id)
    return payout_fen(
        billed_fen=issued.aggregate(fen=Sum("total_fen", default=0))["fen"],
        fees_fen=fees.aggregate(fen=Sum("total_fen", default=0))["fen"],
        damages_micros=_damages_micros(member_id),
        recorded_fen=recorded.aggregate(fen=Sum("amount_fen", default=0))["fen"],
        payable_micros=balance_of(payable(member_id)),
    )


def _damages_micros(member_id: int) -> int:
    """Return the damages of days with papers, as far as the seller's payable has paid them.

    Damages of later hours belong to a later payout, however late this one is recorded.
    """
    papers = Invoice.objects.filter(issuer_id=member_id)
    last: date | None = papers.aggregate(day=Max("delivery_day"))["day"]
    if last is None:
        return 0
    hours = Settlement.objects.filter(
        agreement__seller_id=member_id, hour_start__lt=day_start(last + timedelta(days=1))
    )
    settled: int = hours.aggregate(micros=Sum("damages_micros", default=0))["micros"]
    return min(settled, -booked(payable(member_id), "DAMAGES"))


def payouts_of(member_id: int) -> QuerySet[Payout]:
    """Return a seller's payouts, newest first."""
    return Payout.objects.filter(member_id=member_id)
