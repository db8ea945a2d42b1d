"""The public record of each centre: what stands there, how far it is, what it delivered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from delivery.models import SealedUsage
from marketplace.models import ConversionFactor, NetworkMeasurement, Pool, Site
from oversight.domain.facts import share_bp


@dataclass(frozen=True)
class DeliveryRecord:
    """Device-seconds that were contracted and delivered, in sealed hours."""

    contracted_device_seconds: int
    delivered_device_seconds: int

    @property
    def share_bp(self) -> int | None:
        """Return delivered ÷ contracted; None before the first delivery."""
        return share_bp(self.delivered_device_seconds, self.contracted_device_seconds)


def centres(
    *, search: str = "", province: str = "", chip: str = "", using: str = "default"
) -> QuerySet[Site]:
    """Return active centres; `search` looks at names, codes and identifiers."""
    rows = Site.objects.using(using).filter(active=True).select_related("zone", "owner")
    if search:
        rows = rows.filter(
            Q(name__icontains=search)
            | Q(name_zh__icontains=search)
            | Q(code__icontains=search)
            | Q(identifier__icontains=search)
        )
    if province:
        rows = rows.filter(zone__province=province)
    if chip:
        pools = Pool.objects.filter(site=OuterRef("pk"), chip__code=chip, active=True)
        rows = rows.filter(Exists(pools))
    return rows.order_by("zone__province", "name")


def centre_with(code: str, *, using: str = "default") -> Site | None:
    """Return one active centre by code."""
    rows = Site.objects.using(using).filter(active=True).select_related("zone", "owner")
    return rows.filter(code=code).first()


def chips_at(site_ids: Iterable[int], *, using: str = "default") -> Mapping[int, list[Pool]]:
    """Return the pools of each centre, the largest first, with the factor in force."""
    factor = ConversionFactor.objects.filter(pool=OuterRef("pk"), workload_class="TRAINING")
    newest = factor.order_by("-measured_at", "-pk")
    rows = (
        Pool.objects.using(using)
        .filter(site_id__in=list(site_ids), active=True)
        .select_related("chip")
        .annotate(
            gflops=Subquery(newest.values("gflops_per_device")[:1]),
            method=Subquery(newest.values("method")[:1]),
            factor_at=Subquery(newest.values("measured_at")[:1]),
        )
        .order_by("site_id", "-devices")
    )
    found: dict[int, list[Pool]] = {}
    for pool in rows:
        found.setdefault(pool.site_id, []).append(pool)
    return found


def records_of(site_ids: Iterable[int], *, using: str = "default") -> Mapping[int, DeliveryRecord]:
    """Return the delivery record of each centre, from the newest seal of each hour."""
    newest = SealedUsage.objects.filter(
        allocation=OuterRef("allocation"), hour_start=OuterRef("hour_start")
    ).order_by("-sealed_at", "-pk")
    rows = (
        SealedUsage.objects.using(using)
        .filter(allocation__pool__site_id__in=list(site_ids))
        .filter(pk=Subquery(newest.values("pk")[:1]))
        .order_by()
        .values(site=F("allocation__pool__site_id"))
        .annotate(
            contracted=Sum("contracted_device_seconds"), delivered=Sum("delivered_device_seconds")
        )
    )
    return {row["site"]: DeliveryRecord(row["contracted"], row["delivered"]) for row in rows}


def round_trips(site_id: int, *, using: str = "default") -> list[NetworkMeasurement]:
    """Return the round-trip time in force to each city, nearest first; measured stands first."""
    rows = (
        NetworkMeasurement.objects.using(using)
        .filter(site_id=site_id)
        .select_related("city")
        .order_by("city_id", "-method", "-measured_at", "-id")
        .distinct("city_id")
    )
    return sorted(rows, key=lambda row: (row.rtt_us, row.city_id))
