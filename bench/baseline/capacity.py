"""The capacity ledger: which devices of a pool are contracted, hour by hour."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from exchange.window import HOUR, delivery_day, hour_of_day

SLOTS = 24
Cell = tuple[int, date]

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
