"""The chain of a purchase's deliveries, each reader with what it may know."""

from dataclasses import dataclass

from delivery.models import Allocation, Substitution
from delivery.queries.substitutes import chain_of


@dataclass(frozen=True)
class Station:
    """One delivery of a chain and its substitution, if it has one.

    `next_agreement` is empty where nothing replaced it, and for readers that are no party to it.
    """

    allocation: Allocation
    substitution: Substitution | None
    next_agreement: str


def chain_for(allocation: Allocation, reader_id: int | None) -> list[Station]:
    """Return the chain: all of it for the buyer and for who oversees (None), else the own part.

    A seller learns what its own default cost, never from whom the substitute came or for whom it
    is one. Without any substitution the chain is empty.
    """
    whole = reader_id is None or allocation.agreement.buyer_id == reader_id
    rows = chain_of(allocation) if whole else [allocation]
    stations = [_station(row, named=whole) for row in rows]
    return [] if all(one.substitution is None for one in stations) else stations


def _station(row: Allocation, *, named: bool) -> Station:
    sub: Substitution | None = getattr(row, "substitution", None)
    replacement = sub.replacement if sub is not None and named else None
    return Station(row, sub, replacement.number if replacement else "")
