"""The capacity ledger: which devices of a pool are in orders or contracted, hour by hour."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from exchange.window import delivery_day, hour_of_day, hour_start

SLOTS = 24
Cell = tuple[int, date]


@lru_cache(maxsize=20_000)
def slot_of(hour: int) -> tuple[date, int]:
    """Return the delivery day and slot of an hour number."""
    starts_at = hour_start(hour)
    return delivery_day(starts_at), hour_of_day(starts_at)


class CapacityChange:
    """Changes of a turn, gathered so that each pool and day is written once."""

    def __init__(self) -> None:
        self._in_orders: dict[Cell, list[int]] = defaultdict(lambda: [0] * SLOTS)
        self._contracted: dict[Cell, list[int]] = defaultdict(lambda: [0] * SLOTS)

    def add_in_orders(self, pool_id: int, first_hour: int, devices: Sequence[int]) -> None:
        """Put devices of consecutive hours in orders; negative numbers take them out."""
        self._add(self._in_orders, pool_id, first_hour, devices)

    def contract(self, pool_id: int, first_hour: int, *, hours: int, devices: int) -> None:
        """Turn devices in orders into contracted ones, for consecutive hours."""
        self._add(self._in_orders, pool_id, first_hour, [-devices] * hours)
        self._add(self._contracted, pool_id, first_hour, [devices] * hours)

    def _add(
        self,
        cells: dict[Cell, list[int]],
        pool_id: int,
        first_hour: int,
        devices: Sequence[int],
    ) -> None:
        for index, count in enumerate(devices):
            if count:
                day, slot = slot_of(first_hour + index)
                cells[(pool_id, day)][slot] += count

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a pool and day that changes, for `ADD_CAPACITY`."""
        cells = sorted(set(self._in_orders) | set(self._contracted))
        return [
            {
                "pool_id": cell[0],
                "day": cell[1],
                "in_orders": self._in_orders[cell],
                "contracted": self._contracted[cell],
            }
            for cell in cells
            if any(self._in_orders[cell]) or any(self._contracted[cell])
        ]
