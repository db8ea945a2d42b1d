"""What a change of an order or a listing means for its place in time."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class OrderFigures:
    """What may change of an order."""

    amount: int
    limit_micros: int
    budget_micros: int | None
    expires_at: datetime | None


@dataclass(frozen=True)
class ListingFigures:
    """What may change of a listing."""

    devices: int
    ask_micros: int


def order_keeps_place(before: OrderFigures, after: OrderFigures) -> bool:
    """Tell whether the order keeps its place in time: nothing but its amount falls."""
    return after.amount <= before.amount and replace(after, amount=before.amount) == before


def listing_keeps_place(before: ListingFigures, after: ListingFigures) -> bool:
    """Tell whether the listing keeps its place in time: nothing but its devices fall."""
    return after.devices <= before.devices and after.ask_micros == before.ask_micros
