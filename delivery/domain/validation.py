"""Which readings cannot be true: each is refused with a flag that says why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from delivery.domain.metering import QUARTER, QuarterReading, floor_quarter
from exchange.units import QUARTER_SECONDS

QUALITIES = frozenset({"MEASURED", "ESTIMATED", "EDITED"})
LATEST_ARRIVAL = timedelta(days=180)
MAX_BATCH = 500


@dataclass(frozen=True)
class MeterBounds:
    """What readings of an allocation can be, at an instant."""

    devices: int
    starts_at: datetime
    ends_at: datetime
    now: datetime


def flag_of(reading: QuarterReading, bounds: MeterBounds) -> str:
    """Return why the reading cannot be true, or an empty string."""
    return _shape_flag(reading) or _time_flag(reading, bounds) or _amount_flag(reading, bounds)


def _shape_flag(reading: QuarterReading) -> str:
    if reading.quality not in QUALITIES:
        return "unknown quality"
    if reading.version < 1:
        return "version below one"
    if reading.version > 1 and reading.quality == "MEASURED":
        return "a correction must say that it was edited or estimated"
    if reading.interval_start.utcoffset() is None:
        return "no time zone"
    if reading.interval_start != floor_quarter(reading.interval_start):
        return "not on a quarter-hour"
    return ""


def _time_flag(reading: QuarterReading, bounds: MeterBounds) -> str:
    start = reading.interval_start
    if start < bounds.starts_at:
        return "before the window"
    if start + QUARTER > bounds.ends_at:
        return "after the window"
    if start + QUARTER > bounds.now:
        return "not yet over"
    if start < bounds.now - LATEST_ARRIVAL:
        return "too late for any settlement run"
    return ""


def _amount_flag(reading: QuarterReading, bounds: MeterBounds) -> str:
    whole = bounds.devices * QUARTER_SECONDS
    if reading.delivered_device_seconds < 0:
        return "negative"
    if reading.unhealthy_device_seconds < 0:
        return "negative unhealthy"
    if reading.delivered_device_seconds > whole:
        return "more than the devices can give"
    if reading.delivered_device_seconds + reading.unhealthy_device_seconds > whole:
        return "delivered and unhealthy overlap"
    return ""
