"""What sellers are to be paid."""

from datetime import date, datetime, timedelta
from operator import itemgetter

from django.db.models import Exists, OuterRef, QuerySet, Sum

from billing.domain.payouts import payout_fen
from billing.models import Invoice, Payout, Settlement
from billing.queries.invoices import papers_to_come
from exchange.window import day_start
from ledger.domain.accounts import payable
from ledger.queries import balance_of, booked

MOST_LOOKED_AT = 10_000


def payouts_due(now: datetime, limit: int) -> list[tuple[int, date]]:
    """Return sellers and days that have all their papers and no payout yet, oldest day first.

    A day waits for the seller's papers of that day and of days before, as long as papers wait
    for us: else what it pays would depend on which paper was ready first.
    """
    recorded = Payout.objects.filter(
        member_id=OuterRef("issuer_id"), delivery_day=OuterRef("delivery_day")
    )
    rows = Invoice.objects.filter(~Exists(recorded), issuer__isnull=False)
    pairs = rows.order_by("delivery_day", "issuer_id").values_list("issuer_id", "delivery_day")
    found = [(int(member_id or 0), day) for member_id, day in pairs.distinct()[:MOST_LOOKED_AT]]
    to_come = papers_to_come(now) if found else set()
    first: dict[int, date] = {}
    for seller, day in sorted(to_come, key=itemgetter(1)):
        first.setdefault(seller, day)
    # Who waits takes nobody's place.
    ready = [(seller, day) for seller, day in found if day < first.get(seller, date.max)]
    return ready[:limit]


def payout_amount_fen(member_id: int, delivery_day: date) -> int:
    """Return what papers up to that day say is owed and was not recorded as payable before."""
    papers = Invoice.objects.filter(delivery_day__lte=delivery_day)
    issued = papers.filter(issuer_id=member_id)
    fees = papers.filter(issuer=None, customer_id=member_id)
    recorded = Payout.objects.filter(member_id=member_id)
    return payout_fen(
        billed_fen=issued.aggregate(fen=Sum("total_fen", default=0))["fen"],
        fees_fen=fees.aggregate(fen=Sum("total_fen", default=0))["fen"],
        damages_micros=_damages_micros(member_id, delivery_day),
        recorded_fen=recorded.aggregate(fen=Sum("amount_fen", default=0))["fen"],
        payable_micros=balance_of(payable(member_id)),
    )


def _damages_micros(member_id: int, last: date) -> int:
    """Return the damages of hours up to a day, as far as the seller's payable has paid them.

    Damages of later hours belong to a later payout, however late this one is recorded.
    """
    hours = Settlement.objects.filter(
        agreement__seller_id=member_id, hour_start__lt=day_start(last + timedelta(days=1))
    )
    settled: int = hours.aggregate(micros=Sum("damages_micros", default=0))["micros"]
    return min(settled, -booked(payable(member_id), "DAMAGES"))


def payouts_of(member_id: int) -> QuerySet[Payout]:
    """Return a seller's payouts, newest first."""
    return Payout.objects.filter(member_id=member_id)
