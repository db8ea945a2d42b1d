"""Ways from sites to cities: what is to be measured, and what was."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from contracts.models import Agreement
from contracts.queries import version_of
from delivery.domain.path import CLOCK_APART, WINDOW, PathMeasured
from delivery.models import Allocation, CityProbe, PathMeasurement
from marketplace.models import NetworkMeasurement

MOST_TARGETS = 100
MOST_A_DAY = 2_000
FIGURES = (
    *("measured_at", "samples", "lost", "rtt_median_us", "rtt_p95_us"),
    *("mbps_down", "mbps_up", "moved_bytes"),
)


def probes_to_measure() -> QuerySet[CityProbe]:
    """Return the responders of demand cities, at most 100."""
    return CityProbe.objects.filter(active=True).select_related("city")[:MOST_TARGETS]


def recent_measurements(site_id: int, city_id: int, wall: datetime) -> list[PathMeasured]:
    """Return what was measured of a way in the last 24 hours of wall time, newest first."""
    rows = PathMeasurement.objects.filter(
        site_id=site_id,
        city_id=city_id,
        measured_at__gt=wall - WINDOW,
        measured_at__lte=wall + CLOCK_APART,
    )
    return [PathMeasured(*row) for row in rows.values_list(*FIGURES)[:MOST_A_DAY]]


@dataclass(frozen=True)
class KnownPath:
    """What the market goes by for a way, in µs, and since when (market time)."""

    rtt_us: int
    rtt_p95_us: int
    measured_at: datetime


def measured_path(site_id: int, city_id: int, now: datetime) -> KnownPath | None:
    """Return the round trip of a way where the newest figure is a measured one."""
    newest = (
        NetworkMeasurement.objects.filter(site_id=site_id, city_id=city_id, measured_at__lte=now)
        .order_by("-measured_at", "-id")
        .first()
    )
    if newest is None or newest.method != "MEASURED":
        return None
    return KnownPath(newest.rtt_us, newest.rtt_p95_us, newest.measured_at)


@dataclass(frozen=True)
class PathPromise:
    """The contracted round trip of a delivery, and the measured one; both in µs."""

    city: str
    most_rtt_us: int
    known: KnownPath

    @property
    def kept(self) -> bool:
        """Whether the way is as short as was contracted."""
        return self.known.rtt_us <= self.most_rtt_us


def path_promise_of(row: Allocation, now: datetime) -> PathPromise | None:
    """Return a delivery's promised and measured way.

    None where no round trip was contracted, or the market goes by an estimate: an estimate
    proves nothing, neither for the seller nor against.
    """
    asked = Agreement.objects.filter(pk=row.agreement_id, trade__order__max_rtt_us__isnull=False)
    names = ("trade__order__city_id", "trade__order__city__code")
    way = asked.exclude(trade__order__city=None).values_list(*names).first()
    if way is None:
        return None
    most_us = version_of(row.agreement_id).terms.get("max_rtt_us")
    known = measured_path(row.pool.site_id, way[0], now)
    if most_us is None or known is None:
        return None
    return PathPromise(way[1], int(most_us), known)
