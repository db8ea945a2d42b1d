"""From quarter-hour readings to what an hour delivered, in whole device-seconds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from delivery.domain.handover import MeterWindow
from exchange.units import QUARTER_SECONDS, SECONDS_PER_HOUR
from timetable.domain.clock import Clock

QUARTER = timedelta(seconds=QUARTER_SECONDS)
HOUR = timedelta(seconds=SECONDS_PER_HOUR)
QUARTERS = 4
RUNS = ("II", "SF", "R1", "RF")


@dataclass(frozen=True)
class QuarterReading:
    """Device-seconds held and healthy in the quarter-hour from `interval_start`."""

    interval_start: datetime
    delivered_device_seconds: int
    unhealthy_device_seconds: int = 0
    version: int = 1
    quality: str = "MEASURED"


@dataclass(frozen=True)
class HourSeal:
    """What one hour delivered, quarter by quarter; estimated quarters are marked."""

    contracted_device_seconds: int
    quarter_device_seconds: tuple[int, ...]
    estimated: tuple[bool, ...]

    @property
    def delivered_device_seconds(self) -> int:
        """What settlement counts; never more than was contracted."""
        return min(sum(self.quarter_device_seconds), self.contracted_device_seconds)

    @property
    def estimated_intervals(self) -> int:
        """How many quarters had no measurement."""
        return sum(self.estimated)


def floor_quarter(instant: datetime) -> datetime:
    """Return the start of the quarter-hour that the instant is in."""
    return instant.replace(minute=instant.minute - instant.minute % 15, second=0, microsecond=0)


def quarters_between(starts_at: datetime, ends_at: datetime) -> Iterator[datetime]:
    """Yield the start of each whole quarter-hour in the half-open window."""
    while starts_at + QUARTER <= ends_at:
        yield starts_at
        starts_at += QUARTER


def held_device_seconds(devices: int, held_us: int, wall_us: int) -> int:
    """Return a market quarter's device-seconds from the share of wall time held, rounded down.

    The share counts time in which the devices were held and healthy, never CPU used.
    """
    whole = devices * QUARTER_SECONDS
    if wall_us <= 0:
        return 0
    return whole * min(max(held_us, 0), wall_us) // wall_us


def newest(readings: Iterable[QuarterReading]) -> dict[datetime, QuarterReading]:
    """Return the latest version of each interval, whatever the order of arrival."""
    latest: dict[datetime, QuarterReading] = {}
    for reading in readings:
        known = latest.get(reading.interval_start)
        if known is None or reading.version > known.version:
            latest[reading.interval_start] = reading
    return latest


def seal_hour(hour_start: datetime, devices: int, readings: Iterable[QuarterReading]) -> HourSeal:
    """Close an hour. A quarter without reading is marked, and estimated by one rule.

    A single missing quarter between two measured ones of the same hour counts as the lower
    of the two; every other gap counts as nothing.
    """
    whole = devices * QUARTER_SECONDS
    known = newest(readings)
    starts = [hour_start + index * QUARTER for index in range(QUARTERS)]
    found = [known.get(start) for start in starts]
    amounts = [
        min(reading.delivered_device_seconds, whole) if reading else None for reading in found
    ]
    return HourSeal(
        contracted_device_seconds=devices * SECONDS_PER_HOUR,
        quarter_device_seconds=tuple(estimate(amounts, index) for index in range(QUARTERS)),
        estimated=tuple(reading is None or reading.quality == "ESTIMATED" for reading in found),
    )


def estimate(amounts: Sequence[int | None], index: int) -> int:
    """Return the amount at `index`, estimated from its neighbours when it is missing."""
    amount = amounts[index]
    if amount is not None:
        return amount
    if not 0 < index < len(amounts) - 1:
        return 0
    before, after = amounts[index - 1], amounts[index + 1]
    return 0 if before is None or after is None else min(before, after)


def meter_windows(
    starts: Sequence[datetime], clock: Clock, last_read: datetime, wall: datetime
) -> list[MeterWindow]:
    """Return for each quarter the wall-clock stretch in which it passed.

    Where the market clock ran evenly through all quarters, that is the clock's answer. Where
    it stepped, the wall time since the last reading is divided evenly among the quarters.
    """
    exact = [_wall_window(start, clock) for start in starts]
    if all(window is not None and window.wall_to <= wall for window in exact):
        return [window for window in exact if window is not None]
    span = max(wall - last_read, timedelta(0))
    count = len(starts)
    return [
        MeterWindow(start, last_read + span * index / count, last_read + span * (index + 1) / count)
        for index, start in enumerate(starts)
    ]


def _wall_window(start: datetime, clock: Clock) -> MeterWindow | None:
    """Return the quarter's stretch by the clock in force; None when it did not run so long."""
    if clock.factor == 0 or start < clock.market_origin:
        return None
    wall_from = clock.wall_origin + (start - clock.market_origin) / clock.factor
    return MeterWindow(start, wall_from, wall_from + QUARTER / clock.factor)
