"""Append checked and signed readings to the chains of locked allocations, in bulk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from delivery.domain.metering import QUARTER, QuarterReading
from delivery.models import Allocation, Reading, ReadingBatch


@dataclass(frozen=True)
class SignedSegment:
    """New readings of one locked allocation, their hashes, and the signature of the last."""

    row: Allocation
    readings: tuple[QuarterReading, ...]
    hashes: tuple[str, ...]
    site_key_id: int
    signature: str


def append(segments: Sequence[SignedSegment], now: datetime) -> list[ReadingBatch]:
    """Write batches and readings and advance the rows, which the caller holds locked.

    The caller then writes the rows with `save_cursors`.
    """
    batches = ReadingBatch.objects.bulk_create(
        ReadingBatch(
            allocation=segment.row,
            site_key_id=segment.site_key_id,
            head=segment.hashes[-1],
            signature=segment.signature,
            received_at=now,
        )
        for segment in segments
    )
    Reading.objects.bulk_create(
        [row for item, batch in zip(segments, batches, strict=True) for row in _rows(item, batch)],
        batch_size=5_000,
    )
    for segment in segments:
        _advance(segment)
    return batches


def _rows(segment: SignedSegment, batch: ReadingBatch) -> Iterable[Reading]:
    previous, length = segment.row.chain_head, segment.row.chain_length
    for offset, (reading, digest) in enumerate(
        zip(segment.readings, segment.hashes, strict=True), start=1
    ):
        yield Reading(
            allocation=segment.row,
            batch=batch,
            interval_start=reading.interval_start,
            version=reading.version,
            sequence=length + offset,
            delivered_device_seconds=reading.delivered_device_seconds,
            unhealthy_device_seconds=reading.unhealthy_device_seconds,
            quality=reading.quality,
            previous_hash=previous,
            hash=digest,
        )
        previous = digest


def _advance(segment: SignedSegment) -> None:
    row = segment.row
    row.chain_head = segment.hashes[-1]
    row.chain_length += len(segment.hashes)
    starts = {reading.interval_start for reading in segment.readings}
    while row.metered_until is not None and row.metered_until in starts:
        row.metered_until += QUARTER


def save_cursors(rows: Sequence[Allocation]) -> None:
    """Write heads and cursors in one statement: one a row would double the cost of metering."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_allocation AS a SET chain_head = v.head, chain_length = v.length,"
            " metered_until = v.metered_until, metered_at_wall = v.metered_at_wall"
            " FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[],"
            " %s::timestamptz[]) AS v(id, head, length, metered_until, metered_at_wall)"
            " WHERE a.id = v.id",
            [
                [row.pk for row in rows],
                [row.chain_head for row in rows],
                [row.chain_length for row in rows],
                [row.metered_until for row in rows],
                [row.metered_at_wall for row in rows],
            ],
        )
