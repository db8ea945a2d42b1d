"""Close hours: what settlement counts, from the newest readings, gaps marked."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from counter.waking import announce
from delivery.actions.seal_statement import DueHours, seal_together
from delivery.domain.metering import HOUR, RUNS, QuarterReading
from delivery.domain.metering import seal_hour as close_hour
from delivery.domain.refusals import HourNotOver
from delivery.models import Allocation, Reading, SealedUsage
from delivery.queries.work import SEALS_WITHOUT_READINGS
from exchange.refusal import NotFound

FIRST_RUN = RUNS[0]
CHUNK = 2_000


def seal_due_hours(*, now: datetime, limit: int = 200_000) -> int:
    """Seal for the first run all hours that are over and read, or of deliveries that have ended.

    Returns how many. Each chunk of allocations is a transaction of its own.
    """
    sealed = 0
    while sealed < limit:
        count = _seal_chunk(now)
        if count == 0:
            break
        sealed += count
    if sealed:
        announce("sealed")
    return sealed


@transaction.atomic
def _seal_chunk(now: datetime) -> int:
    rows = list(
        Allocation.objects.select_for_update(skip_locked=True)
        .filter(due_for_seal(now))
        .order_by("sealed_until", "id")[:CHUNK]
    )
    due = [one for row in rows if (one := _due_hours(row, now)) is not None]
    seal_together(due, run=FIRST_RUN, now=now)
    return sum(int((one.until - one.since) / HOUR) for one in due)


def due_for_seal(now: datetime) -> Q:
    """Return the condition under which an allocation's next hour can be sealed.

    No hour is late by the clock alone. What is metered passes its gaps when its meter was asked
    once more after the grace, and what was not handed over in time is failed by the sweep. Until
    then, since the workers were away, nobody knows what the hour has delivered.
    """
    read = Q(metered_until__gte=F("sealed_until") + HOUR)
    return Q(sealed_until__lt=F("ends_at"), sealed_until__lte=now - HOUR) & (
        read | Q(state__in=SEALS_WITHOUT_READINGS)
    )


def _due_hours(row: Allocation, now: datetime) -> DueHours | None:
    """Return the hours of an allocation that can be sealed: all over, and read or past reading."""
    read = row.ends_at if row.state in SEALS_WITHOUT_READINGS else row.metered_until
    if row.sealed_until is None or read is None:
        return None
    hours = (min(row.ends_at, read, now) - row.sealed_until) // HOUR
    if hours < 1:
        return None
    return DueHours(row.pk, row.devices, row.sealed_until, row.sealed_until + hours * HOUR)


def _readings_of(
    rows: Sequence[Allocation], hours: dict[int, list[datetime]]
) -> dict[tuple[int, datetime], list[tuple[QuarterReading, int, str]]]:
    """Return each hour's readings with their place in the chain and hash."""
    wanted = [hour for due in hours.values() for hour in due]
    grouped: dict[tuple[int, datetime], list[tuple[QuarterReading, int, str]]] = defaultdict(list)
    if not wanted:
        return grouped
    found = Reading.objects.filter(
        allocation_id__in=[row.pk for row in rows],
        interval_start__gte=min(wanted),
        interval_start__lt=max(wanted) + HOUR,
    ).values_list(
        "allocation_id",
        "interval_start",
        "delivered_device_seconds",
        "unhealthy_device_seconds",
        "version",
        "quality",
        "sequence",
        "hash",
    )
    for pk, start, delivered, unhealthy, version, quality, sequence, digest in found:
        reading = QuarterReading(start, delivered, unhealthy, version, quality)
        hour = start.replace(minute=0)
        grouped[(pk, hour)].append((reading, sequence, digest))
    return grouped


def _seal(
    row: Allocation,
    hour: datetime,
    run: str,
    found: Sequence[tuple[QuarterReading, int, str]],
    now: datetime,
) -> SealedUsage:
    closed = close_hour(hour, row.devices, [reading for reading, _, _ in found])
    last = max(found, key=lambda item: item[1])[2] if found else ""
    return SealedUsage(
        allocation=row,
        hour_start=hour,
        run=run,
        contracted_device_seconds=closed.contracted_device_seconds,
        delivered_device_seconds=closed.delivered_device_seconds,
        quarter_device_seconds=list(closed.quarter_device_seconds),
        estimated=list(closed.estimated),
        estimated_intervals=closed.estimated_intervals,
        last_reading_hash=last,
        sealed_at=now,
    )


@transaction.atomic
def seal_hour(*, allocation_id: int, hour_start: datetime, run: str, now: datetime) -> SealedUsage:
    """Seal one hour for a settlement run, from the readings known now; a seal stays as it is.

    Refuses hours outside the window and unknown runs with NotFound, hours that are not
    over with HourNotOver.
    """
    row = Allocation.objects.select_for_update().filter(pk=allocation_id).first()
    if row is None or run not in RUNS or not row.starts_at <= hour_start < row.ends_at:
        raise NotFound
    if hour_start + HOUR > now:
        raise HourNotOver
    existing = SealedUsage.objects.filter(allocation=row, hour_start=hour_start, run=run).first()
    if existing is not None:
        return existing
    found = _readings_of([row], {row.pk: [hour_start]}).get((row.pk, hour_start), [])
    seal = _seal(row, hour_start, run, found, now)
    seal.save()
    if run == FIRST_RUN and row.sealed_until == hour_start:
        row.sealed_until = hour_start + HOUR
        row.save(update_fields=["sealed_until"])
    return seal
