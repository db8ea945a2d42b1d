"""What an order or a listing was before an event, from its row and the events of its life.

A row says how things stand now; a number of the past needs what was then. REPLACED events
carry what was before them, so the beginning is known without a copy of every row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.window import hour_number

TAKING = ("TRADED", "REDUCED")
REPLACED = {"order": "ORDER_REPLACED", "listing": "LISTING_REPLACED"}


@dataclass(frozen=True)
class Happening:
    """One event of the market: number, kind, when, of what, and its facts."""

    number: int
    kind: str
    at: datetime
    order_id: int | None
    listing_id: int | None
    facts: Mapping[str, Any]

    @property
    def hours(self) -> range:
        """Return the hours that a trade or a reduction took."""
        start, end = (datetime.fromisoformat(self.facts[key]) for key in ("starts_at", "ends_at"))
        return range(hour_number(start), hour_number(end))


@dataclass(frozen=True)
class ListingLife:
    """A listing's row as it stands, and the events that changed it."""

    chip_code: str
    zone_code: str
    first_hour: int
    hours: int
    devices: int
    ask_micros: int
    gflops: int
    events: tuple[Happening, ...] = ()

    def before(self, number: int) -> tuple[int, tuple[int, ...]]:
        """Return the ask, and the free devices of each hour, just before an event."""
        devices, ask = self._beginning()
        free = [devices] * self.hours
        for event in self.events:
            if event.number >= number:
                break
            if event.kind in TAKING:
                for hour in event.hours:
                    free[hour - self.first_hour] -= event.facts["devices"]
            else:
                ask = event.facts["ask_micros"]
                free = list(event.facts["free"])
        return ask, tuple(free)

    def _beginning(self) -> tuple[int, int]:
        for event in self.events:
            if event.kind == REPLACED["listing"]:
                return event.facts["was_devices"], event.facts["was_ask_micros"]
        return self.devices, self.ask_micros


@dataclass(frozen=True)
class OrderLife:
    """An order's row as it stands, and the events that changed it."""

    amount: int
    limit_micros: int
    events: tuple[Happening, ...] = ()

    def before(self, number: int) -> tuple[int, int]:
        """Return what was left to buy, and the limit, just before an event."""
        amount, limit = self._beginning()
        taken = 0
        for event in self.events:
            if event.number >= number:
                break
            if event.kind in TAKING:
                taken += event.facts["filled"]
            else:
                amount, limit = event.facts["amount"], event.facts["limit_micros"]
        return amount - taken, limit

    def _beginning(self) -> tuple[int, int]:
        for event in self.events:
            if event.kind == REPLACED["order"]:
                return event.facts["was_amount"], event.facts["was_limit_micros"]
        return self.amount, self.limit_micros
