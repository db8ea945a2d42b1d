"""Quarter by quarter: what was read, what was sealed, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.domain.metering import QUARTER, QuarterReading, newest
from delivery.models import Allocation, Reading, SealedUsage
from exchange.units import BP, QUARTER_SECONDS


@dataclass(frozen=True)
class QuarterFact:
    """One quarter-hour of a delivery. `delivered_bp` is None while nothing is known."""

    starts_at: datetime
    delivered_bp: int | None
    unhealthy_device_seconds: int
    quality: str
    estimated: bool


def readings_between(row: Allocation, from_at: datetime, to_at: datetime) -> list[QuarterReading]:
    """Return what was read of the quarters between two instants, in the order of arrival."""
    rows = Reading.objects.filter(
        allocation=row, interval_start__gte=from_at, interval_start__lt=to_at
    ).order_by("sequence")
    return [
        QuarterReading(*values)
        for values in rows.values_list(
            "interval_start",
            "delivered_device_seconds",
            "unhealthy_device_seconds",
            "version",
            "quality",
        )
    ]


def quarters_of(
    row: Allocation, read: Sequence[QuarterReading], from_at: datetime, to_at: datetime
) -> list[QuarterFact]:
    """Return the quarters of the window between two instants; `read` are the readings of them."""
    readings = newest(read)
    sealed = _sealed_quarters(row, from_at, to_at)
    facts = []
    start = max(from_at, row.starts_at)
    while start < min(to_at, row.ends_at):
        facts.append(_fact(row, start, readings.get(start), sealed.get(start)))
        start += QUARTER
    return facts


def _sealed_quarters(
    row: Allocation, from_at: datetime, to_at: datetime
) -> dict[datetime, tuple[int, bool]]:
    """Return what the newest seal of each hour says of its quarters."""
    seals = SealedUsage.objects.filter(
        allocation=row, hour_start__gte=from_at, hour_start__lt=to_at
    ).order_by("id")
    return {
        seal.hour_start + index * QUARTER: (amount, seal.estimated[index])
        for seal in seals
        for index, amount in enumerate(seal.quarter_device_seconds)
    }


def _fact(
    row: Allocation,
    start: datetime,
    reading: QuarterReading | None,
    sealed: tuple[int, bool] | None,
) -> QuarterFact:
    whole = row.devices * QUARTER_SECONDS
    if reading is not None:
        return QuarterFact(
            start,
            reading.delivered_device_seconds * BP // whole,
            reading.unhealthy_device_seconds,
            reading.quality,
            reading.quality == "ESTIMATED",
        )
    if sealed is not None:
        return QuarterFact(start, sealed[0] * BP // whole, 0, "ESTIMATED", estimated=True)
    return QuarterFact(start, None, 0, "", estimated=False)
