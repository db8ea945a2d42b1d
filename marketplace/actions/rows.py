"""Rows of a turn as they travel: what a column has by itself is left out, and the turn's time."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.json import Encoder

from exchange.window import hour_start

encode = Encoder().encode


class OrderRow(Struct, omit_defaults=True, gc=False):
    """Of a new order, what its request does not say."""

    id: int
    buyer_id: int
    client_order_id: str
    content_hash: str
    vat_bp: int
    placed_by_id: int | None = None
    city_id: int | None = None


class OrderChange(Struct, omit_defaults=True, gc=False):
    """An order's figures after the turn, as `OpenOrder` has them."""

    id: int
    amount: int
    limit_micros: int
    budget_micros: int | None
    expires_at: datetime | None
    held_micros: int
    arrival: int
    state: str = "OPEN"
    filled: int = 0
    version: int = 1


class EventRow(Struct, omit_defaults=True, gc=False):
    """One event of the market's numbered life."""

    number: int
    kind: str
    order_id: int | None = None
    listing_id: int | None = None
    facts: dict[str, Any] | None = None


class ExecutionRow(Struct, gc=False):
    """The group of an arriving side's trades."""

    id: int
    arrival: int


class TradeRow(Struct, omit_defaults=True, gc=False):
    """One trade."""

    id: int
    execution_id: int
    order_id: int
    listing_id: int
    buyer_id: int
    seller_id: int
    pool_id: int
    devices: int
    starts_at: datetime
    ends_at: datetime
    price_micros: int
    gflops_per_device: int
    factor_method: str
    filled: int
    value_micros: int
    vat_bp: int
    held_micros: int
    hour_prices_micros: tuple[int, ...] | None = None


def together(*parts: bytes) -> bytes:
    """Return JSON objects as one; of a name that comes twice the last counts."""
    return b"{" + b",".join([part[1:-1] for part in parts if len(part) > 2]) + b"}"


def as_json(rows: Any) -> str:
    """Return rows as the text that the statements read."""
    return encode(rows).decode()


@lru_cache(maxsize=20_000)
def hour_text(number: int) -> str:
    """Return the start of the hour with that number as events tell it."""
    return hour_start(number).isoformat()


@lru_cache(maxsize=20_000)
def hour_at(number: int) -> datetime:
    """Return the start of the hour with that number."""
    return hour_start(number)
