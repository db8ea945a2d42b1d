"""The five numbers of a pool and day: offered, in orders, contracted, provisioned, measured."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models.functions import Coalesce

from delivery.models import Allocation, SealedUsage
from exchange.units import SECONDS_PER_HOUR
from exchange.window import HOUR, day_start
from marketplace.models import CapacityDay, Pool

HOURS = 24
HANDED_OVER = ("ACCEPTED", "DELIVERING", "INTERRUPTED", "COMPLETED", "RECALLED")


@dataclass(frozen=True)
class FiveNumbers:
    """Devices in each of the 24 hours; None where the hour has not been measured yet."""

    offered: tuple[int, ...]
    in_orders: tuple[int, ...]
    contracted: tuple[int, ...]
    provisioned: tuple[int, ...]
    measured: tuple[int | None, ...]


def five_numbers(pool: Pool, day: date) -> FiveNumbers:
    """Return the capacity ledger's and delivery's numbers of one pool and delivery day."""
    row = CapacityDay.objects.filter(pool=pool, day=day).first()
    in_orders = tuple(row.in_orders) if row else (0,) * HOURS
    contracted = tuple(row.contracted) if row else (0,) * HOURS
    starts_at = day_start(day)
    return FiveNumbers(
        offered=tuple(a + b for a, b in zip(in_orders, contracted, strict=True)),
        in_orders=in_orders,
        contracted=contracted,
        provisioned=_provisioned(pool.pk, starts_at),
        measured=_measured(pool.pk, starts_at),
    )


def _provisioned(pool_id: int, starts_at: datetime) -> tuple[int, ...]:
    """Count the devices handed over in each hour: by the windows, up to a recall."""
    slots = [0] * HOURS
    rows = Allocation.objects.filter(
        pool_id=pool_id,
        state__in=HANDED_OVER,
        starts_at__lt=starts_at + timedelta(days=1),
        ends_at__gt=starts_at,
    ).values_list("devices", "starts_at", Coalesce("recalled_from", "ends_at"))
    for devices, first, last in rows:
        for slot in range(HOURS):
            hour = starts_at + slot * HOUR
            if first <= hour < last:
                slots[slot] += devices
    return tuple(slots)


def _measured(pool_id: int, starts_at: datetime) -> tuple[int | None, ...]:
    """Return delivered devices on average in each sealed hour; a later run replaces a seal."""
    rows = SealedUsage.objects.filter(
        allocation__pool_id=pool_id,
        hour_start__gte=starts_at,
        hour_start__lt=starts_at + timedelta(days=1),
    ).order_by("id")
    newest = {(row.allocation_id, row.hour_start): row.delivered_device_seconds for row in rows}
    slots: list[int | None] = [None] * HOURS
    for (_allocation, hour), seconds in newest.items():
        slot = int((hour - starts_at) / HOUR)
        slots[slot] = (slots[slot] or 0) + seconds // SECONDS_PER_HOUR
    return tuple(slots)
