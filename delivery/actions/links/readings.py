"""Append readings to a locked link's chain: each once, conflicts refused, corrections in order."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from delivery.domain.link_metering import (
    LinkBounds,
    LinkQuarter,
    chain_quarters,
    link_flag_of,
)
from delivery.domain.metering import QUARTER
from delivery.domain.refusals import ReadingConflict, ReadingRefused
from delivery.domain.validation import MAX_BATCH
from delivery.models import LinkDelivery, LinkReading


def append_quarters(row: LinkDelivery, readings: Sequence[LinkQuarter], now: datetime) -> int:
    """Store the readings that are new, all or none, and return how many; the row is locked.

    Refuses what cannot be true (ReadingRefused) and another value for a stored interval and
    version (ReadingConflict). The same values again change nothing.
    """
    if len(readings) > MAX_BATCH:
        raise ReadingRefused(index=MAX_BATCH, flag=f"a batch has at most {MAX_BATCH} readings")
    bounds = LinkBounds(row.gbps, row.widest_gbps, row.starts_at, row.ends_at, now)
    for index, reading in enumerate(readings):
        if flag := link_flag_of(reading, bounds):
            raise ReadingRefused(index=index, flag=flag)
    fresh = _without_known(row, readings)
    _write(row, fresh, now)
    _pass_read(row)
    row.save(update_fields=["chain_head", "chain_length", "metered_until"])
    return len(fresh)


def stored_quarters(
    row: LinkDelivery, starts: Iterable[datetime]
) -> dict[tuple[datetime, int], LinkQuarter]:
    """Return what is stored of the quarters, by start and version."""
    found = LinkReading.objects.filter(link_delivery=row, interval_start__in=list(starts))
    names = ("interval_start", "available_gbps_seconds", "moved_mb", "version", "quality")
    quarters = (LinkQuarter(*values) for values in found.values_list(*names))
    return {(one.interval_start, one.version): one for one in quarters}


def _without_known(row: LinkDelivery, readings: Sequence[LinkQuarter]) -> list[LinkQuarter]:
    stored = stored_quarters(row, {reading.interval_start for reading in readings})
    latest: dict[datetime, int] = {}
    for start, version in stored:
        latest[start] = max(version, latest.get(start, 0))
    fresh = []
    for index, reading in enumerate(readings):
        known = stored.get((reading.interval_start, reading.version))
        following = latest.get(reading.interval_start, 0) + 1
        if known is not None and known != reading:
            raise ReadingConflict(index=index, next=following)
        if known is not None:
            continue
        if reading.version != following:
            raise ReadingRefused(index=index, flag=f"version {following} is next")
        fresh.append(reading)
        stored[(reading.interval_start, reading.version)] = reading
        latest[reading.interval_start] = reading.version
    return fresh


def _write(row: LinkDelivery, fresh: Sequence[LinkQuarter], now: datetime) -> None:
    previous, length = row.chain_head, row.chain_length
    rows = []
    for offset, (reading, digest) in enumerate(
        zip(fresh, chain_quarters(previous, length, fresh), strict=True), start=1
    ):
        rows.append(
            LinkReading(
                link_delivery=row,
                interval_start=reading.interval_start,
                version=reading.version,
                sequence=length + offset,
                available_gbps_seconds=reading.available_gbps_seconds,
                moved_mb=reading.moved_mb,
                quality=reading.quality,
                previous_hash=previous,
                hash=digest,
                received_at=now,
            )
        )
        previous = digest
    LinkReading.objects.bulk_create(rows)
    row.chain_head, row.chain_length = previous, length + len(rows)


def _pass_read(row: LinkDelivery) -> None:
    """Move the cursor over quarters that are read."""
    later = LinkReading.objects.filter(link_delivery=row, interval_start__gte=row.metered_until)
    starts = set(later.values_list("interval_start", flat=True))
    while row.metered_until in starts:
        row.metered_until += QUARTER
