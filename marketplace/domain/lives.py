"""What an order or a listing was before an event, from its row and the events of its life.

A row says how things stand now; a number of the past needs what was then. REPLACED and REDUCED
events tell what was before them, so the beginning is known without a copy of every row. Where
one does not tell, nothing is guessed: increments are sent from the number after it on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.window import hour_number
from marketplace.domain.feed_refusals import FeedGone

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
        start, end = (
            datetime.fromisoformat(self.told(key, since=self)) for key in ("starts_at", "ends_at")
        )
        return range(hour_number(start), hour_number(end))

    def told(self, name: str, *, since: "Happening") -> Any:
        """Return a fact; without it, the past up to `since` is not known: FeedGone."""
        if name not in self.facts:
            raise FeedGone(first=since.number + 1)
        return self.facts[name]


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

    def ask_before(self, number: int) -> int:
        """Return the ask just before an event."""
        changes = [event for event in self.events if event.kind == REPLACED["listing"]]
        for event in changes:
            if event.number >= number:
                return int(event.told("was_ask_micros", since=changes[-1]))
        return self.ask_micros

    def free_before(self, number: int) -> tuple[int, ...]:
        """Return the free devices of each hour just before an event."""
        changes = [event for event in self.events if event.kind == REPLACED["listing"]]
        free = [
            changes[0].told("was_devices", since=changes[-1]) if changes else self.devices
        ] * self.hours
        for event in self.events:
            if event.number >= number:
                break
            if event.kind in TAKING:
                for hour in event.hours:
                    free[hour - self.first_hour] -= event.facts["devices"]
            else:
                free = list(event.told("free", since=changes[-1]))
        return tuple(free)


@dataclass(frozen=True)
class OrderLife:
    """An order's row as it stands, and the events that changed it."""

    amount: int
    limit_micros: int
    events: tuple[Happening, ...] = ()

    def before(self, number: int) -> tuple[int, int]:
        """Return what was left to buy, and the limit, just before an event."""
        earlier = [event for event in self.events if event.number < number]
        changes = [event for event in self.events if event.kind != "TRADED"]
        amount, limit = self.amount, self.limit_micros
        if changes and (number <= changes[-1].number or _all_tell(changes, "was_amount")):
            amount = changes[0].told("was_amount", since=changes[-1])
            replaced = (event for event in changes if event.kind == REPLACED["order"])
            limit = next((event.facts["was_limit_micros"] for event in replaced), limit)
            for event in earlier:
                amount, limit = _changed(event, amount, limit, since=changes[-1])
        filled = sum(event.facts["filled"] for event in earlier if event.kind == "TRADED")
        return amount - filled, limit


def _all_tell(changes: Sequence[Happening], name: str) -> bool:
    return all(name in event.facts for event in changes)


def _changed(
    event: Happening, amount: int, limit_micros: int, *, since: Happening
) -> tuple[int, int]:
    """Return the whole amount, and the limit, after one more event of an order's life."""
    if event.kind == "TRADED":
        return amount, limit_micros
    if event.kind == "REDUCED":
        return amount - event.facts["credited"], limit_micros
    return event.told("amount", since=since), event.told("limit_micros", since=since)
