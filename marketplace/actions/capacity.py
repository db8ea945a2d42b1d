"""The capacity ledger: which devices of a pool are in orders or contracted, hour by hour."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from exchange.window import HOUR, day_start, delivery_day, hour_of_day
from marketplace.domain.refusals import CapacityShort
from marketplace.models import CapacityDay, Pool

SLOTS = 24
Cell = tuple[int, date]

_OPEN_DAYS = """
INSERT INTO marketplace_capacityday (pool_id, day, installed, in_orders, contracted)
SELECT %s, day, %s, array_fill(0, ARRAY[24]), array_fill(0, ARRAY[24])
FROM unnest(%s::date[]) AS day ON CONFLICT (pool_id, day) DO NOTHING
"""
_ADD = """
UPDATE marketplace_capacityday SET in_orders = marketplace_add_slots(in_orders, %s),
       contracted = marketplace_add_slots(contracted, %s)
WHERE pool_id = %s AND day = %s
"""


class CapacityChange:
    """Changes of a turn, gathered so that each pool and day is written once."""

    def __init__(self) -> None:
        self._in_orders: dict[Cell, list[int]] = defaultdict(lambda: [0] * SLOTS)
        self._contracted: dict[Cell, list[int]] = defaultdict(lambda: [0] * SLOTS)

    def add_in_orders(self, pool_id: int, starts_at: datetime, devices: Sequence[int]) -> None:
        """Put devices of consecutive hours in orders; negative numbers take them out."""
        self._add(self._in_orders, pool_id, starts_at, devices)

    def contract(self, pool_id: int, starts_at: datetime, *, hours: int, devices: int) -> None:
        """Turn devices in orders into contracted ones, for consecutive hours."""
        self._add(self._in_orders, pool_id, starts_at, [-devices] * hours)
        self._add(self._contracted, pool_id, starts_at, [devices] * hours)

    def _add(
        self,
        cells: dict[Cell, list[int]],
        pool_id: int,
        starts_at: datetime,
        devices: Sequence[int],
    ) -> None:
        for index, count in enumerate(devices):
            hour = starts_at + index * HOUR
            cells[(pool_id, delivery_day(hour))][hour_of_day(hour)] += count

    def write(self) -> None:
        """Apply the changes; the database refuses a slot that would be oversold."""
        cells = sorted(set(self._in_orders) | set(self._contracted))
        rows = [
            (self._in_orders[cell], self._contracted[cell], *cell)
            for cell in cells
            if any(self._in_orders[cell]) or any(self._contracted[cell])
        ]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(_ADD, rows)


def days_of(starts_at: datetime, ends_at: datetime) -> list[date]:
    """Return the delivery days that a window touches."""
    first, last = delivery_day(starts_at), delivery_day(ends_at - HOUR)
    return [first + timedelta(days=index) for index in range((last - first).days + 1)]


def reserve_capacity(pool: Pool, *, devices: int, starts_at: datetime, ends_at: datetime) -> None:
    """Put devices of a pool in orders; refuse with CapacityShort where some hour lacks them."""
    days = days_of(starts_at, ends_at)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_DAYS, [pool.pk, pool.devices, days])
    for row in CapacityDay.objects.filter(pool=pool, day__in=days).order_by("day"):
        for slot in range(SLOTS):
            hour = day_start(row.day) + slot * HOUR
            free = row.installed - row.in_orders[slot] - row.contracted[slot]
            if starts_at <= hour < ends_at and free < devices:
                raise CapacityShort(
                    pool=pool.code, free=free, devices=row.installed, hour=hour.isoformat()
                )
    hours = (ends_at - starts_at) // HOUR
    change = CapacityChange()
    change.add_in_orders(pool.pk, starts_at, [devices] * hours)
    change.write()
