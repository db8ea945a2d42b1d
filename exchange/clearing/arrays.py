"""A book becomes arrays: sorted by id, so that the order of its rows says nothing."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from exchange.clearing.book import Bid, Book, Order
from exchange.clearing.eligibility import Grounds, places_of
from exchange.clearing.kernels.shapes import BLOCK, DIVISIBLE, GANG, Array, Bids, Places, Supply
from exchange.clearing.offers import Parts, fits, parts_of, supply_of
from exchange.units import BP, GFLOPS_PER_PFLOPS

NO_CEILING = 1 << 60
KINDS = {"DIVISIBLE": DIVISIBLE, "BLOCK": BLOCK, "PROFILE": BLOCK, "GANG": GANG}


class Arrays(NamedTuple):
    """A book as numbers."""

    book: Book
    orders: tuple[Order, ...]
    grounds: Grounds
    parts: Parts  # by ask
    spread: Parts  # by ask with its share of the start-up cost
    supply: Supply
    bids: Bids
    places: Places
    lengths: Array
    parent: Array  # by order: the row of its parent, or -1
    ceilings: list[tuple[int, int]]  # of PUE and carbon, by fit table of gangs

    @property
    def rows(self) -> int:
        """Return the rows of cells: nodes and arcs."""
        return len(self.grounds.codes) + len(self.grounds.arcs)

    @property
    def at(self) -> dict[int, int]:
        """Return the row of each order by its number."""
        return {order.order: number for number, order in enumerate(self.orders)}


class _Row(NamedTuple):
    order: int
    way: int
    bid: Bid
    limit: int
    amount: int
    segments: tuple[tuple[int, int, int], ...]  # offset, hours, amount


def arrays_of(book: Book) -> Arrays:
    """Return the arrays of a checked book."""
    orders = book.orders
    rows = [row for number, order in enumerate(orders) for row in _rows(number, order)]
    grounds = Grounds.of(book)
    parts, spread = parts_of(book, grounds), parts_of(book, grounds, spread=True)
    blocks = [hours for row in rows for _, hours, _ in row.segments]
    linked = [row.bid.hours for row in rows if row.bid.link_gbps]
    lengths = np.unique(blocks + linked or [1])
    ceilings = sorted({_ceilings(row.bid) for row in rows if row.bid.kind == "GANG"})
    table = fits(parts, grounds, lengths, ceilings)
    places, masks = places_of(grounds, [row.bid for row in rows], table)
    return Arrays(
        book,
        orders,
        grounds,
        parts,
        spread,
        supply_of(spread, grounds),
        _bids(rows, orders, book, masks, lengths, ceilings, grounds),
        places,
        lengths,
        _parents(orders),
        ceilings,
    )


def _rows(number: int, order: Order) -> Iterable[_Row]:
    for way, bid in enumerate(order.alternatives):
        if bid.kind == "DIVISIBLE":
            for limit, amount in bid.steps or ((bid.limit_micros, bid.amount),):
                yield _Row(number, way, bid, limit, amount, ())
        else:
            amounts = bid.profile or (bid.amount,) * bid.hours
            yield _Row(number, way, bid, bid.limit_micros, 0, _segments(amounts))


def _segments(amounts: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    segments, at = [], 0
    for amount, run in groupby(amounts):
        hours = len(list(run))
        if amount:
            segments.append((at, hours, amount))
        at += hours
    return tuple(segments)


def _ceilings(bid: Bid) -> tuple[int, int]:
    pue, carbon = bid.requires.max_pue_thousandths, bid.requires.max_carbon_g_per_kwh
    return (NO_CEILING if pue is None else pue, NO_CEILING if carbon is None else carbon)


def _value(row: _Row) -> int:
    hours = row.bid.hours
    amount = row.amount * hours or sum(n * quantity for _, n, quantity in row.segments)
    value = row.limit * amount
    return value if row.bid.unit == "DEVICES" else value // GFLOPS_PER_PFLOPS


def _ints(values: Iterable[int]) -> Any:
    return np.array(list(values), np.int64)


def _bids(
    rows: list[_Row],
    orders: tuple[Order, ...],
    book: Book,
    masks: Array,
    lengths: Array,
    ceilings: list[tuple[int, int]],
    grounds: Grounds,
) -> Bids:
    fits = [1 + ceilings.index(_ceilings(row.bid)) if row.bid.kind == "GANG" else 0 for row in rows]
    numbers = _ints(row.order for row in rows)
    return Bids(
        order=numbers,
        way=_ints(row.way for row in rows),
        kind=_ints(KINDS[row.bid.kind] for row in rows),
        first=_ints(row.bid.earliest for row in rows),
        last=_ints(row.bid.latest for row in rows),
        hours=_ints(row.bid.hours for row in rows),
        value=_ints(map(_value, rows)),
        limit=_ints(row.limit for row in rows),
        amount=_ints(row.amount for row in rows),
        scale=_ints(1 if row.bid.unit == "DEVICES" else GFLOPS_PER_PFLOPS for row in rows),
        need=_ints(-(-row.amount * row.bid.hours * row.bid.min_fill_bp // BP) for row in rows),
        mask=masks,
        work=_ints(grounds.work[row.bid.workload_class] for row in rows),
        whole=_ints(row.bid.requires.min_scale_up_gbs > 0 for row in rows),
        city=_ints(grounds.cities[row.bid.city] for row in rows),
        gbps=_ints(row.bid.link_gbps for row in rows),
        link_len=_link_lengths(rows, lengths),
        moved_gb=_ints(row.bid.move_gb for row in rows),
        **_segment_columns(rows, lengths),
        fit=_ints(fits),
        purse=_ints(_purse(order, book) for order in orders),
        order_ptr=np.searchsorted(numbers, np.arange(len(orders) + 1)),
    )


def _link_lengths(rows: list[_Row], lengths: Array) -> Array:
    hours = _ints(row.bid.hours if row.bid.link_gbps else 0 for row in rows)
    return np.where(hours > 0, np.searchsorted(lengths, hours), 0)


def _segment_columns(rows: list[_Row], lengths: Array) -> dict[str, Array]:
    """Return the columns of segments, those of a bid together."""
    segments = [segment for row in rows for segment in row.segments]
    return {
        "seg_ptr": _ints([0, *np.cumsum([len(row.segments) for row in rows], dtype=np.int64)]),
        "seg_off": _ints(off for off, _, _ in segments),
        "seg_len": np.searchsorted(lengths, _ints(hours for _, hours, _ in segments)),
        "seg_hours": _ints(hours for _, hours, _ in segments),
        "seg_amount": _ints(amount for _, _, amount in segments),
    }


def _purse(order: Order, book: Book) -> int:
    """Return what an order may pay at most, net: its budget is gross."""
    if order.budget_micros is None:
        return 1 << 60
    return order.budget_micros * BP // (BP + book.vat_bp)


def _parents(orders: tuple[Order, ...]) -> Array:
    at = {order.order: number for number, order in enumerate(orders)}
    # A parent that is not among them is another's matter: of orders that are set aside.
    return _ints(-1 if order.parent is None else at.get(order.parent, -1) for order in orders)
