"""Price, then time: who was passed by, told from the market's events alone."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

from exchange.book import commands as say
from exchange.book import events as happened


@dataclass
class Seen:
    """An order or listing as its events have left it."""

    said: Any
    arrival: int
    held: int = 0
    amount: int = 0
    limit: int = 0
    credited: int = 0
    ask: int = 0
    most_devices: int = 0
    free: Counter[int] = field(default_factory=Counter)
    starts: set[int] = field(default_factory=set)
    over: bool = False

    def least_free(self, start: int, hours: int) -> int:
        """Return the devices of a listing that are free in all those hours."""
        return min(self.free.get(hour, 0) for hour in range(start, start + hours))


class Market(Protocol):
    first_open: int
    buys: dict[int, Seen]
    sells: dict[int, Seen]


class Rules(Protocol):
    pools: dict[int, say.Pool]
    members: dict[int, say.Member]
    references: dict[str, int]
    halted: set[tuple[str, str]]


def passed_by_buyer(
    market: Market,
    said: say.Buy,
    fills: list[happened.Traded],
    sells: dict[int, Seen],
    touched: set[int],
) -> list[int]:
    """Return listings that were better than one that the order took, and gave nothing."""
    better = _better_lot if said.splittable else _better_whole
    return [
        number
        for number, row in sells.items()
        if number not in touched
        for fill in fills
        if better(market, row, said, fill)
    ]


def _better_lot(market: Market, row: Seen, said: say.Buy, fill: happened.Traded) -> bool:
    taken = market.sells[fill.listing]
    lot = min(row.least_free(fill.first_hour, said.hours), fill.devices)
    least = max(row.said.min_devices, said.min_lot_devices)
    return (row.ask, row.arrival) < (taken.ask, taken.arrival) and lot >= least


def _better_whole(market: Market, row: Seen, said: say.Buy, fill: happened.Traded) -> bool:
    taken, rank = market.sells[fill.listing], fill.first_hour
    starts = range(max(said.first_hour, market.first_open), said.last_hour - said.hours + 1)
    return said.amount >= row.said.min_devices and any(
        row.least_free(start, said.hours) >= said.amount
        and (row.ask, start, row.arrival) < (taken.ask, rank, taken.arrival)
        for start in starts
    )


def passed_by_seller(market: Market, fill: happened.Traded, buys: list[Seen]) -> list[Any]:
    """Return orders that would have paid more than the one served, or as much and came first."""
    listing, served = market.sells[fill.listing], market.buys[fill.order]
    if listing.said.firmness != "FIRM" or listing.said.self_trade != "CANCEL_NEWEST":
        return []
    return [
        row.said
        for row in buys
        if (-row.limit, row.arrival) < (-fill.price_micros, served.arrival)
        and row is not served
        and row.said.hours >= listing.said.min_hours
        and _could_take(market, row, listing)
    ]


def _could_take(market: Market, row: Seen, listing: Seen) -> bool:
    said, left = row.said, row.amount - row.credited
    first = max(said.first_hour, market.first_open)
    starts = row.starts or range(first, said.last_hour - said.hours + 1)
    least = said.min_lot_devices if said.splittable else left
    # The smallest block of the listing must be among what the order may take.
    return any(
        min(listing.least_free(start, said.hours), left) >= max(least, listing.said.min_devices)
        for start in starts
    )


def serves(market: Rules, row: Seen, said: say.Buy) -> bool:
    """Tell whether an open listing serves such an order, but for price and hours."""
    pool, seller = market.pools[row.said.pool], market.members[row.said.member]
    reference = market.references.get(pool.chip)
    return (
        not row.over
        and (said.unit, said.requires) == ("DEVICES", say.Requires())
        and pool.active
        and seller.state == "ADMITTED"
        and row.said.firmness == "FIRM"
        and row.said.member not in said.not_from
        and row.said.min_hours <= said.hours
        and not {("CHIP", pool.chip), ("MEMBER", str(row.said.member))} & market.halted
        and (reference is None or row.ask * 100 <= reference * 110)
    )
