"""The quality code and the flags of each quarter of a delivery, from the readings as they came."""

from collections.abc import Sequence
from datetime import datetime

from delivery.domain.metering import QuarterReading
from delivery.domain.validation import MeterBounds
from delivery.domain.vee import QuarterVerdict, validate
from delivery.models import Allocation


def verdicts_of(
    row: Allocation,
    read: Sequence[QuarterReading],
    from_at: datetime,
    to_at: datetime,
    *,
    now: datetime,
) -> list[QuarterVerdict]:
    """Return the verdict on each quarter of the window between two instants that has passed.

    `read` are the readings of these quarters in the order of arrival. A quarter that nobody has
    asked for yet is missing too: whether it may still come is told by its hour, which is sealed
    or not.
    """
    starts_at, ends_at = max(from_at, row.starts_at), min(to_at, row.ends_at)
    # As at the window's end: how old the delivery has become says nothing of its readings.
    return validate(read, MeterBounds(row.devices, starts_at, ends_at, min(now, ends_at)))
