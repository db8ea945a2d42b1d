"""The three ratios: racks, capacity sold, compute used; by centre, province and nation.

Sold and used here are counted from the capacity ledger and from sealed usage; what
centres declare of their own use stands beside it and is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Func, IntegerField, OuterRef, Subquery, Sum

from delivery.models import SealedUsage
from exchange.units import SECONDS_PER_HOUR
from exchange.window import day_start
from marketplace.models import CapacityDay, Pool, Site
from oversight.domain.facts import share_bp
from oversight.models import DeclaredUse

HOURS_A_DAY = 24


@dataclass(frozen=True)
class SiteUse:
    """A centre's counts over some closed delivery days; shares are in basis points."""

    site_id: int
    province: str
    racks_built: int
    racks_used: int
    installed_device_hours: int
    contracted_device_hours: int
    measured_device_seconds: int
    declared_contracted_bp: int | None = None
    declared_busy_bp: int | None = None
    in_cluster: bool = False

    @property
    def rack_occupancy_bp(self) -> int | None:
        """Racks in use ÷ racks built."""
        return share_bp(self.racks_used, self.racks_built)

    @property
    def sold_device_hours(self) -> int:
        """Sold here, and sold elsewhere as declared."""
        declared = self.installed_device_hours * (self.declared_contracted_bp or 0) // 10_000
        return self.contracted_device_hours + declared

    @property
    def busy_device_seconds(self) -> int:
        """Measured here, and busy elsewhere as declared."""
        installed = self.installed_device_hours * SECONDS_PER_HOUR
        return self.measured_device_seconds + installed * (self.declared_busy_bp or 0) // 10_000

    @property
    def contracted_bp(self) -> int | None:
        """Device-hours sold ÷ device-hours installed."""
        return share_bp(self.sold_device_hours, self.installed_device_hours)

    @property
    def utilisation_bp(self) -> int | None:
        """Busy device-hours ÷ device-hours installed; unknown without any report of it."""
        if self.declared_busy_bp is None and not self.measured_device_seconds:
            return None
        return share_bp(self.busy_device_seconds, self.installed_device_hours * SECONDS_PER_HOUR)


@dataclass(frozen=True)
class Ratios:
    """The three ratios of many centres together, weighted by what is installed."""

    sites: int
    rack_occupancy_bp: int | None
    contracted_bp: int | None
    utilisation_bp: int | None
    installed_device_hours: int
    contracted_device_hours: int
    measured_device_seconds: int


def together(uses: Iterable[SiteUse]) -> Ratios:
    """Return the ratios of the centres as one; centres without a figure stay out of its ratio."""
    rows = list(uses)
    known = [row for row in rows if row.utilisation_bp is not None]
    installed = sum(row.installed_device_hours for row in rows)
    return Ratios(
        sites=len(rows),
        rack_occupancy_bp=share_bp(
            sum(row.racks_used for row in rows), sum(row.racks_built for row in rows)
        ),
        contracted_bp=share_bp(sum(row.sold_device_hours for row in rows), installed),
        utilisation_bp=share_bp(
            sum(row.busy_device_seconds for row in known),
            sum(row.installed_device_hours for row in known) * SECONDS_PER_HOUR,
        ),
        installed_device_hours=installed,
        contracted_device_hours=sum(row.contracted_device_hours for row in rows),
        measured_device_seconds=sum(row.measured_device_seconds for row in rows),
    )


def provincial_ratios(uses: Iterable[SiteUse]) -> dict[str, Ratios]:
    """Return the ratios of each province, by its code."""
    by_province: dict[str, list[SiteUse]] = {}
    for use in uses:
        by_province.setdefault(use.province, []).append(use)
    return {code: together(rows) for code, rows in sorted(by_province.items())}


def site_uses(
    *, as_of: date, days: int = 1, using: str = "default", site_id: int | None = None
) -> list[SiteUse]:
    """Return the counts of each active centre over `days` delivery days up to `as_of`.

    Five queries, whatever the number of centres.
    """
    first = as_of - timedelta(days=days - 1)
    sites = Site.objects.using(using).filter(active=True)
    if site_id is not None:
        sites = sites.filter(pk=site_id)
    devices = _devices(using)
    contracted = _contracted(first, as_of, using)
    measured = _measured(first, as_of, using)
    declared = _declared(as_of, using)
    uses = []
    rows = sites.order_by("pk").values_list(
        "pk", "zone__province", "zone__kind", "racks_built", "racks_used"
    )
    for pk, province, zone_kind, built, used in rows:
        own = declared.get(pk)
        uses.append(
            SiteUse(
                site_id=pk,
                province=province,
                racks_built=built,
                racks_used=used,
                installed_device_hours=devices.get(pk, 0) * HOURS_A_DAY * days,
                contracted_device_hours=contracted.get(pk, 0),
                measured_device_seconds=measured.get(pk, 0),
                declared_contracted_bp=own[0] if own else None,
                declared_busy_bp=own[1] if own else None,
                in_cluster=zone_kind == "CLUSTER",
            )
        )
    return uses


def _devices(using: str) -> Mapping[int, int]:
    rows = Pool.objects.using(using).filter(active=True).order_by().values_list("site_id")
    return dict(rows.annotate(total=Sum("devices")))


def _contracted(first: date, last: date, using: str) -> Mapping[int, int]:
    of_day = Func(
        F("contracted"),
        template="(SELECT COALESCE(SUM(hour), 0)::integer FROM unnest(%(expressions)s) AS hour)",
        output_field=IntegerField(),
    )
    rows = (
        CapacityDay.objects.using(using)
        .filter(day__range=(first, last), pool__active=True)
        .order_by()
        .values_list("pool__site_id")
    )
    return dict(rows.annotate(total=Sum(of_day)))


def _measured(first: date, last: date, using: str) -> Mapping[int, int]:
    window = (day_start(first), day_start(last + timedelta(days=1)))
    # A later run seals an hour anew: the newest seal counts.
    newest = SealedUsage.objects.filter(
        allocation=OuterRef("allocation"), hour_start=OuterRef("hour_start")
    ).order_by("-sealed_at", "-pk")
    rows = (
        SealedUsage.objects.using(using)
        .filter(hour_start__gte=window[0], hour_start__lt=window[1])
        .filter(pk=Subquery(newest.values("pk")[:1]))
        .order_by()
        .values_list("allocation__pool__site_id")
    )
    return dict(rows.annotate(total=Sum("delivered_device_seconds")))


def _declared(as_of: date, using: str) -> Mapping[int, tuple[int, int]]:
    rows = (
        DeclaredUse.objects.using(using)
        .filter(month__lte=as_of)
        .order_by("site_id", "-month")
        .distinct("site_id")
        .values_list("site_id", "contracted_bp", "busy_bp")
    )
    return {site_id: (contracted, busy) for site_id, contracted, busy in rows}
