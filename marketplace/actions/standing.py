"""What the market keeps in memory of each open order and listing, to write what changes of it."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from exchange.book.commands import Replace, Reprice
from marketplace.actions.rows import OrderChange
from marketplace.actions.statements import LISTING_CHANGES

OPEN = "OPEN"


class OpenOrder(Struct, kw_only=True, gc=False):
    """An order's changing figures, as its row has them after this turn."""

    id: int
    buyer: int
    vat_bp: int
    workload_class: str
    amount: int
    limit_micros: int
    budget_micros: int | None
    expires_at: datetime | None
    held_micros: int
    arrival: int
    state: str = OPEN
    filled: int = 0
    version: int = 1
    # Of the whole hold, what trades took: the rest is still the order's.
    spent_micros: int = 0
    was: dict[str, int] = {}

    def changes(self) -> OrderChange:
        """Return the columns that may have changed."""
        return OrderChange(
            self.id,
            self.amount,
            self.limit_micros,
            self.budget_micros,
            self.expires_at,
            self.held_micros,
            self.arrival,
            self.state,
            self.filled,
            self.version,
        )

    def change(self, command: Replace) -> None:
        """Take over what a replacement names; keep what was before it, to be told."""
        self.was = {"was_amount": self.amount, "was_limit_micros": self.limit_micros}
        for name in ("amount", "limit_micros", "budget_micros"):
            wanted = getattr(command, name)
            if wanted is not None:
                setattr(self, name, wanted)
        if command.expires_s is not None:
            self.expires_at = instant(command.expires_s)

    def told(self, arrival: int) -> dict[str, Any]:
        """Return the facts of a replacement that gives the order this place in time."""
        return {
            "amount": self.amount,
            "limit_micros": self.limit_micros,
            "kept_place": arrival == self.arrival,
            **self.was,
        }


class OpenListing:
    """A listing's changing figures, as its row has them after this turn."""

    __slots__ = ("first_hour", "id", "pool", "seller", "was", *LISTING_CHANGES)

    def __init__(
        self,
        *,
        id: int,  # noqa: A002 - the row's own name
        seller: int,
        pool: int,
        first_hour: int,
        devices: int,
        ask_micros: int,
        free: list[int],
        arrival: int,
        state: str = OPEN,
        version: int = 1,
    ) -> None:
        self.was: dict[str, Any] = {}
        self.id, self.seller, self.pool, self.first_hour = id, seller, pool, first_hour
        self.devices, self.ask_micros, self.free = devices, ask_micros, free
        self.arrival, self.state, self.version = arrival, state, version
        self.ended_at: datetime | None = None

    def changes(self) -> dict[str, Any]:
        """Return the columns that may have changed."""
        return {name: getattr(self, name) for name in LISTING_CHANGES}

    def change(self, command: Reprice, *, first_open: int) -> list[int]:
        """Take over what a change names; return by how much each hour's free devices change.

        Hours whose gate has closed are given up: nobody can buy them any more.
        """
        self.was = {"was_devices": self.devices, "was_ask_micros": self.ask_micros}
        self.ask_micros = command.ask_micros or self.ask_micros
        more = (command.devices or self.devices) - self.devices
        if not more:
            return []
        steps = [
            more if self.first_hour + index >= first_open else -free
            for index, free in enumerate(self.free)
        ]
        self.free = [free + step for free, step in zip(self.free, steps, strict=True)]
        self.devices += more
        return steps

    def told(self, arrival: int) -> dict[str, Any]:
        """Return the facts of a change that gives the listing this place in time."""
        return {
            "devices": self.devices,
            "ask_micros": self.ask_micros,
            "free": list(self.free),
            "kept_place": arrival == self.arrival,
            **self.was,
        }


def instant(seconds: int | None) -> datetime | None:
    """Return the instant of a whole second since 1970; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
