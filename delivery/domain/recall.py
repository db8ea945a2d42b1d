"""When a recall of recallable capacity takes effect: after its notice, on a quarter-hour."""

from datetime import datetime, timedelta

from delivery.domain.metering import QUARTER, floor_quarter
from delivery.domain.refusals import RecallTooLate, RecallTooSoon
from exchange.units import SECONDS_PER_HOUR


def ceil_quarter(instant: datetime) -> datetime:
    """Return the first quarter-hour that is not before the instant."""
    floor = floor_quarter(instant)
    return floor if floor == instant else floor + QUARTER


def recalled_from(
    *, asked_at: datetime, notice_minutes: int, ends_at: datetime, wanted: datetime | None = None
) -> datetime:
    """Return the instant from which the devices are the seller's again.

    That is the first quarter-hour after the notice, or the one `wanted`. Refuses one before
    the notice has run with RecallTooSoon, and the window's end or later with RecallTooLate.
    """
    earliest = ceil_quarter(asked_at + timedelta(minutes=notice_minutes))
    if wanted is not None and wanted < earliest:
        raise RecallTooSoon(minutes=notice_minutes, earliest=earliest.isoformat())
    begins = earliest if wanted is None else ceil_quarter(wanted)
    if begins >= ends_at:
        raise RecallTooLate(earliest=earliest.isoformat(), ends_at=ends_at.isoformat())
    return begins


def owed_seconds(hour_start: datetime, taken_back_at: datetime | None) -> int:
    """Return for how many seconds of an hour the devices are owed to the buyer."""
    if taken_back_at is None:
        return SECONDS_PER_HOUR
    left = int((taken_back_at - hour_start).total_seconds())
    return min(max(left, 0), SECONDS_PER_HOUR)
