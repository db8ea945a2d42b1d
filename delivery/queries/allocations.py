"""Deliveries as their parties, their seller and the operator see them."""

from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from delivery.domain.allocation_lifecycle import LIVE_STATES
from delivery.models import Allocation, SealedUsage
from exchange.units import BP

SHARE_DAYS = timedelta(days=90)


def all_deliveries() -> QuerySet[Allocation]:
    """Return every delivery with what lists show; for those who oversee."""
    return Allocation.objects.select_related(
        "agreement__buyer", "agreement__seller", "pool__site__zone", "pool__chip"
    )


def deliveries_of(member_id: int) -> QuerySet[Allocation]:
    """Return the deliveries that the member receives or makes, newest first."""
    parties = Q(agreement__buyer_id=member_id) | Q(agreement__seller_id=member_id)
    return all_deliveries().filter(parties)


def allocation_for(member_id: int, allocation_id: int) -> Allocation | None:
    """Return one of the member's deliveries; none for strangers."""
    return deliveries_of(member_id).filter(pk=allocation_id).first()


def live_process_allocations() -> int:
    """Return how many hand-overs of this machine deliver now: they need wall time."""
    return Allocation.objects.filter(
        connector="process", state__in=["DELIVERING", "INTERRUPTED"]
    ).count()


def delivered_share(site_id: int) -> int | None:
    """Return a site's delivered share of its sealed hours, in basis points; None without any.

    Each hour counts by its latest run. At most the 90 days before the last sealed hour.
    """
    rows = _latest_runs(SealedUsage.objects.filter(allocation__pool__site_id=site_id))
    newest = rows.aggregate(last=Max("hour_start"))["last"]
    if newest is None:
        return None
    sums = rows.filter(hour_start__gt=newest - SHARE_DAYS).aggregate(
        delivered=Sum("delivered_device_seconds"), contracted=Sum("contracted_device_seconds")
    )
    return int(sums["delivered"] * BP // sums["contracted"])


def _latest_runs(rows: QuerySet[SealedUsage]) -> QuerySet[SealedUsage]:
    """Return each hour's newest seal only."""
    return rows.filter(
        pk__in=rows.values("allocation_id", "hour_start").annotate(last=Max("id")).values("last")
    )


def delivered_shares(allocation_ids: list[int]) -> dict[int, int]:
    """Return the delivered share so far of each delivery with a sealed hour, in basis points."""
    rows = SealedUsage.objects.filter(allocation_id__in=allocation_ids)
    sums = (
        _latest_runs(rows)
        .values("allocation_id")
        .annotate(
            delivered=Sum("delivered_device_seconds"), contracted=Sum("contracted_device_seconds")
        )
    )
    return {
        row["allocation_id"]: row["delivered"] * BP // row["contracted"]
        for row in sums.order_by("allocation_id")
    }


def totals_of(allocation_id: int) -> tuple[int, int]:
    """Return delivered and contracted device-seconds of a delivery's sealed hours."""
    sums = _latest_runs(SealedUsage.objects.filter(allocation_id=allocation_id)).aggregate(
        delivered=Coalesce(Sum("delivered_device_seconds"), 0),
        contracted=Coalesce(Sum("contracted_device_seconds"), 0),
    )
    return int(sums["delivered"]), int(sums["contracted"])


def utilisation(now: datetime) -> dict[int, tuple[int, int]]:
    """Return by site the devices handed over now and device-seconds of the last sealed hour."""
    provisioned = (
        Allocation.objects.filter(state__in=LIVE_STATES, starts_at__lte=now, ends_at__gt=now)
        .values("pool__site_id")
        .annotate(devices=Coalesce(Sum("devices"), 0))
        .order_by("pool__site_id")
    )
    measured = (
        SealedUsage.objects.filter(hour_start__gt=now - timedelta(hours=3), run="II")
        .values("allocation__pool__site_id", "hour_start")
        .annotate(seconds=Sum("delivered_device_seconds"))
        .order_by("hour_start")
    )
    seconds = {row["allocation__pool__site_id"]: row["seconds"] for row in measured}
    answer = {row["pool__site_id"]: (row["devices"], 0) for row in provisioned}
    for site_id, amount in seconds.items():
        answer[site_id] = (answer.get(site_id, (0, 0))[0], amount)
    return answer
