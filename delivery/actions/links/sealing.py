"""Close hours of links: what settlement with carriers counts, gaps marked."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from counter.waking import announce
from delivery.domain.link_lifecycle import LINK_ENDED_STATES
from delivery.domain.link_metering import LinkQuarter
from delivery.domain.link_metering import seal_link_hour as close_hour
from delivery.domain.metering import HOUR, RUNS
from delivery.domain.refusals import HourNotOver
from delivery.models import LinkDelivery, LinkReading, SealedLinkHour
from exchange.refusal import NotFound

FIRST_RUN = RUNS[0]
CHUNK = 500
HOURS_A_TURN = 744


def seal_due_link_hours(*, now: datetime, limit: int = 50_000) -> int:
    """Seal for the first run all hours of links that are over and read, or of ended deliveries.

    Returns how many. Each chunk of links is a transaction of its own.
    """
    sealed = 0
    while sealed < limit and (count := _seal_chunk(now)):
        sealed += count
    if sealed:
        announce("sealed")
    return sealed


@transaction.atomic
def _seal_chunk(now: datetime) -> int:
    read = Q(metered_until__gte=F("sealed_until") + HOUR) | Q(state__in=LINK_ENDED_STATES)
    due = LinkDelivery.objects.select_for_update(skip_locked=True).filter(
        read, sealed_until__lt=F("ends_at"), sealed_until__lte=now - HOUR
    )
    return sum(_seal_row(row, now) for row in due.order_by("sealed_until", "id")[:CHUNK])


def _seal_row(row: LinkDelivery, now: datetime) -> int:
    """Seal what is due of a locked row; an hour is late by its meter, never by the clock alone."""
    read = row.ends_at if row.state in LINK_ENDED_STATES else row.metered_until
    count = min((min(row.ends_at, read, now) - row.sealed_until) // HOUR, HOURS_A_TURN)
    hours = [row.sealed_until + index * HOUR for index in range(count)]
    found = _readings_of(row, hours)
    SealedLinkHour.objects.bulk_create(
        [_seal(row, hour, FIRST_RUN, found[hour], now) for hour in hours], ignore_conflicts=True
    )
    row.sealed_until += count * HOUR
    row.save(update_fields=["sealed_until"])
    return count


Found = list[tuple[LinkQuarter, int, str]]


def _readings_of(row: LinkDelivery, hours: list[datetime]) -> dict[datetime, Found]:
    """Return each hour's readings with their place in the chain and hash."""
    grouped: dict[datetime, Found] = defaultdict(list)
    if not hours:
        return grouped
    rows = LinkReading.objects.filter(
        link_delivery=row, interval_start__gte=hours[0], interval_start__lt=hours[-1] + HOUR
    )
    names = ("interval_start", "available_gbps_seconds", "moved_mb", "version", "quality")
    for *figures, sequence, digest in rows.values_list(*names, "sequence", "hash"):
        quarter = LinkQuarter(*figures)
        grouped[quarter.interval_start.replace(minute=0)].append((quarter, sequence, digest))
    return grouped


def _seal(
    row: LinkDelivery, hour: datetime, run: str, found: Found, now: datetime
) -> SealedLinkHour:
    closed = close_hour(hour, row.gbps, [quarter for quarter, _, _ in found])
    return SealedLinkHour(
        link_delivery=row,
        hour_start=hour,
        run=run,
        contracted_gbps_seconds=closed.contracted_gbps_seconds,
        available_gbps_seconds=closed.available_gbps_seconds,
        moved_mb=closed.moved_mb,
        quarter_gbps_seconds=list(closed.quarter_gbps_seconds),
        quarter_mb=list(closed.quarter_mb),
        estimated=list(closed.estimated),
        last_reading_hash=max(found, key=lambda item: item[1])[2] if found else "",
        sealed_at=now,
    )


@transaction.atomic
def seal_link_hour(
    *, link_delivery_id: int, hour_start: datetime, run: str, now: datetime
) -> SealedLinkHour:
    """Seal one hour for a later settlement run, from the readings known now; a seal stays.

    Refuses hours outside the window, hours without a first seal and unknown runs with
    NotFound, and hours that are not over with HourNotOver.
    """
    row = LinkDelivery.objects.select_for_update().filter(pk=link_delivery_id).first()
    if row is None or run not in RUNS or not row.starts_at <= hour_start < row.ends_at:
        raise NotFound
    if hour_start + HOUR > now:
        raise HourNotOver
    seals = SealedLinkHour.objects.filter(link_delivery=row, hour_start=hour_start)
    if existing := seals.filter(run=run).first():
        return existing
    if not seals.filter(run=FIRST_RUN).exists():
        raise NotFound
    seal = _seal(row, hour_start, run, _readings_of(row, [hour_start])[hour_start], now)
    seal.save()
    announce("sealed")
    return seal
