"""The usual batch, told at a glance: measured once, in order, and possible in every quarter."""

from collections.abc import Sequence
from datetime import datetime

from delivery.domain.metering import QUARTER, QuarterReading
from delivery.domain.validation import LATEST_ARRIVAL, MAX_BATCH, MeterBounds
from exchange.units import QUARTER_SECONDS


def is_plain(
    readings: Sequence[QuarterReading], bounds: MeterBounds, after: datetime | None
) -> bool:
    """Tell whether no reading needs a second look: `flag_of` would pass each, and none is known.

    Plain are first versions, measured, each later than the one before, all later than `after`
    (the newest interval stored; None where there is none). What is not plain may still be
    right: it is looked at one by one.
    """
    if not 0 < len(readings) <= MAX_BATCH:
        return False
    whole = bounds.devices * QUARTER_SECONDS
    least = max(bounds.starts_at, bounds.now - LATEST_ARRIVAL)
    most = min(bounds.ends_at, bounds.now) - QUARTER
    before = after
    for reading in readings:
        start = reading.interval_start
        if start.utcoffset() is None or not least <= start <= most:
            return False
        if start.minute % 15 or start.second or start.microsecond:
            return False
        if before is not None and start <= before:
            return False
        if reading.version != 1 or reading.quality != "MEASURED":
            return False
        delivered, unhealthy = reading.delivered_device_seconds, reading.unhealthy_device_seconds
        if delivered < 0 or unhealthy < 0 or delivered + unhealthy > whole:
            return False
        before = start
    return True
