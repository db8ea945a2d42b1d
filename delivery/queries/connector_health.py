"""How each connector is: what stands, what the last day brought, and what is asked again."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncHour

from delivery.models import Allocation, AllocationEvent, Attempt
from exchange.window import HOUR

A_DAY_HOURS = 24
# The newest events are enough for a day's picture; nothing older is read.
MOST_EVENTS = 50_000
MOST_TIMED = 2_000
MOST_RETRIED = 20
LIVE = ("PLANNED", "PROVISIONING", "ACCEPTED", "DELIVERING", "INTERRUPTED")
WENT_WELL, WENT_WRONG = ("ACCEPTED",), ("FAILED", "SITE_FAILED", "INTERRUPTED")


@dataclass
class HourOfHandovers:
    """What one market hour brought at one connector."""

    accepted: int = 0
    troubled: int = 0


@dataclass
class ConnectorSummary:
    """One connector: deliveries by state, the day's hours (oldest first), and how late it is.

    `handover_s` is the median of wall seconds from asking a site to the accepted test.
    `metered_until` is the oldest market instant up to which a running delivery has been read.
    """

    connector: str
    live: int = 0
    delivering: int = 0
    interrupted: int = 0
    heartbeat_at: datetime | None = None
    metered_until: datetime | None = None
    handover_s: float | None = None
    hours: list[HourOfHandovers] = field(
        default_factory=lambda: [HourOfHandovers() for _ in range(A_DAY_HOURS)]
    )

    @property
    def accepted(self) -> int:
        """Return how many hand-overs passed their test in the day."""
        return sum(hour.accepted for hour in self.hours)

    @property
    def troubled(self) -> int:
        """Return how often a site failed, or a delivery was interrupted, in the day."""
        return sum(hour.troubled for hour in self.hours)


@dataclass(frozen=True)
class Retried:
    """A hand-over that a site could not make: it is asked again."""

    allocation: Allocation
    tries: int
    next_attempt_at: datetime | None
    error: str


def first_hour_of_day(now: datetime) -> datetime:
    """Return where the picture's first hour begins: its last one is running."""
    return now.replace(minute=0, second=0, microsecond=0) - (A_DAY_HOURS - 1) * HOUR


def summaries(now: datetime) -> list[ConnectorSummary]:
    """Return each connector that has had a delivery, by name."""
    found: dict[str, ConnectorSummary] = {}
    for row in _standings():
        found[row["connector"]] = ConnectorSummary(
            row["connector"],
            live=row["live"],
            delivering=row["delivering"],
            interrupted=row["interrupted"],
            heartbeat_at=row["heartbeat_at"],
            metered_until=row["metered"],
        )
    _add_hours(found, now)
    for connector, seconds in _handover_seconds().items():
        if connector in found:
            found[connector].handover_s = median(seconds)
    return [found[name] for name in sorted(found)]


def _standings() -> list[dict[str, Any]]:
    rows = Allocation.objects.values("connector").annotate(
        live=Count("id", filter=Q(state__in=LIVE)),
        delivering=Count("id", filter=Q(state="DELIVERING")),
        interrupted=Count("id", filter=Q(state="INTERRUPTED")),
        heartbeat_at=Max("heartbeat_at"),
        metered=Min("metered_until", filter=Q(state__in=["DELIVERING", "INTERRUPTED"])),
    )
    return [dict(row) for row in rows]


def _add_hours(found: dict[str, ConnectorSummary], now: datetime) -> None:
    first = first_hour_of_day(now)
    counted = (
        _newest()
        .filter(at__gte=first, kind__in=WENT_WELL + WENT_WRONG)
        .annotate(hour=TruncHour("at"))
        .values_list("allocation__connector", "hour", "kind")
        .annotate(count=Count("id"))
        .order_by()
    )
    for connector, hour, kind, count in counted:
        place = int((hour - first) / HOUR)
        if connector in found and 0 <= place < A_DAY_HOURS:
            cell = found[connector].hours[place]
            if kind in WENT_WELL:
                cell.accepted += count
            else:
                cell.troubled += count


def _newest() -> QuerySet[AllocationEvent]:
    last = AllocationEvent.objects.aggregate(last=Max("id"))["last"] or 0
    return AllocationEvent.objects.filter(id__gt=last - MOST_EVENTS)


def _handover_seconds() -> dict[str, list[float]]:
    """Return wall seconds from asking to acceptance, of the newest hand-overs by connector."""
    asked: dict[int, datetime] = {}
    seconds: dict[str, list[float]] = defaultdict(list)
    rows = (
        _newest()
        .filter(kind__in=["PROVISIONING", "ACCEPTED"])
        .order_by("-id")
        .values_list("allocation_id", "allocation__connector", "kind", "at_wall")
    )
    for allocation_id, connector, kind, at in reversed(list(rows[:MOST_TIMED])):
        if kind == "PROVISIONING":
            asked[allocation_id] = at
        elif allocation_id in asked:
            seconds[connector].append((at - asked.pop(allocation_id)) / timedelta(seconds=1))
    return dict(seconds)


def retried() -> list[Retried]:
    """Return hand-overs that sites could not make and that are asked again, the next first."""
    rows = Attempt.objects.filter(key__startswith="provision:", dead=False).exclude(last_error="")
    tries = {
        int(row.key.removeprefix("provision:")): row
        for row in rows.order_by("next_attempt_at", "id")[: 5 * MOST_RETRIED]
    }
    live = Allocation.objects.filter(pk__in=tries, state__in=["PLANNED", "PROVISIONING"])
    found = [
        Retried(row, tries[row.pk].tries, tries[row.pk].next_attempt_at, tries[row.pk].last_error)
        for row in live.select_related("agreement", "pool__site")
    ]
    places = {pk: place for place, pk in enumerate(tries)}
    return sorted(found, key=lambda one: places[one.allocation.pk])[:MOST_RETRIED]
