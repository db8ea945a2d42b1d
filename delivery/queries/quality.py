"""The quality code and the flags of each quarter of a delivery, from the readings as they came."""

from datetime import datetime

from delivery.domain.metering import QuarterReading
from delivery.domain.validation import MeterBounds
from delivery.domain.vee import QuarterVerdict, validate
from delivery.models import Allocation, Reading


def verdicts_of(
    row: Allocation, from_at: datetime, to_at: datetime, *, now: datetime
) -> list[QuarterVerdict]:
    """Return the verdict on each quarter of the window between two instants that has passed.

    A quarter that nobody has asked for yet is missing too: whether it may still come is told by
    its hour, which is sealed or not.
    """
    starts_at, ends_at = max(from_at, row.starts_at), min(to_at, row.ends_at)
    readings = [
        QuarterReading(*values)
        for values in Reading.objects.filter(
            allocation=row, interval_start__gte=starts_at, interval_start__lt=ends_at
        )
        .order_by("sequence")
        .values_list(
            "interval_start",
            "delivered_device_seconds",
            "unhealthy_device_seconds",
            "version",
            "quality",
        )
    ]
    # As at the window's end: how old the delivery has become says nothing of its readings.
    return validate(readings, MeterBounds(row.devices, starts_at, ends_at, min(now, ends_at)))
