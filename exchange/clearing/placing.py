"""The board of a clearing: columns at given prices, the search, what stands where."""

from typing import NamedTuple

import numpy as np

from exchange.clearing.arrays import Arrays
from exchange.clearing.bound import best_surplus
from exchange.clearing.kernels.columns import MOST_CELLS, MOST_COLUMNS, find_columns
from exchange.clearing.kernels.curing import export
from exchange.clearing.kernels.filling import find_tight
from exchange.clearing.kernels.pieces import Board, empty_board
from exchange.clearing.kernels.placing import Market
from exchange.clearing.kernels.reach import windows
from exchange.clearing.kernels.search import place_in_turn, remove, search
from exchange.clearing.kernels.shapes import DIVISIBLE, Array, Supply
from exchange.clearing.offers import supply_of

LEEWAY_BP = 200  # above the dual prices: asks that a search may use
GREAT = 0.005  # of all surplus: such orders are placed first
HEAT = 0.02  # of a mean order's value: what a step may lose at first


class Positions(NamedTuple):
    """What every order has, by bid and cell."""

    bid: Array
    cell: Array
    devices: Array


class Floor:
    """Where orders are placed and taken away."""

    def __init__(self, arrays: Arrays, closed: Array, seed: int) -> None:
        self.arrays, self.closed = arrays, closed
        bids, offers = arrays.bids, len(arrays.parts.offers)
        self.supply: Supply = supply_of(arrays.parts, arrays.grounds, closed)
        most = _most_columns(arrays)
        blocks = bids.hours * (1 + (bids.gbps > 0))
        parts = np.where(tight_bids(arrays), most, (bids.last - bids.first) * 8 + 64)
        pieces = np.where(bids.kind == DIVISIBLE, np.minimum(parts, most), blocks)
        self._pool = int(pieces.sum()) + 64
        self.board: Board = empty_board(bids, self.supply, offers, self._pool)
        self._ptr = np.concatenate([[0], np.cumsum(most)])
        self._cells = np.zeros(self._ptr[-1], np.int32)
        self._chance = np.array([seed % (2**32 - 1) + 1], np.int64)
        self._kept = _ceilings_kept(arrays)
        self._heavy = np.zeros(len(arrays.orders), np.bool_)
        np.logical_or.at(self._heavy, bids.order, tight_bids(arrays))
        self.market: Market | None = None
        self._ways = np.zeros((0, 0), np.int64)
        self._rank = np.zeros(0)
        self._prices = np.zeros(0, np.int64)

    def look(self, prices: Array, *, waiting: bool) -> Array:
        """Find each bid's places at the prices; what is dearer than these is not used.

        Returns each order's best surplus. With `waiting`, only for orders without a place.
        """
        arrays, hours = self.arrays, self.supply.hours
        best = best_surplus(arrays, prices, purse=True)
        sums = np.zeros((len(arrays.lengths), arrays.rows, hours), np.int64)
        windows(prices, hours, arrays.lengths, sums)
        wanted = best[:, 0] >= 0
        if waiting:
            wanted = (best[:, 0] > 0) & (self.board.way[arrays.bids.order] < 0)
        count = np.zeros(len(wanted), np.int64)
        find_columns(
            arrays.bids, arrays.places, sums, prices, self.supply.cap, wanted,
            self._ptr, self._cells, count,
        )  # fmt: skip
        ceiling = prices if waiting else prices + prices * LEEWAY_BP // 10_000
        self.board.usable[:] = _usable(self.supply, ceiling)
        self.market = Market(
            self.supply, arrays.bids, arrays.places, self.board, self._ptr, self._cells, count,
            ceiling, self._kept, self._chance, np.zeros(hours, np.int64),
            self._heavy,
        )  # fmt: skip
        surplus, self._ways = _ways(arrays, best)
        self._rank = surplus / np.maximum(_size(arrays), 1)
        self._prices = prices
        return surplus

    def place(self, orders: Array) -> None:
        """Place orders in turn, each where it finds room."""
        assert self.market is not None
        place_in_turn(orders, self.arrays.parent, self._ways, self._prices, self.market)

    def turns(self) -> list[Array]:
        """Return sequences: gangs and long ones first; the most surplus first; great ones before all."""
        arrays = self.arrays
        hours = np.maximum.reduceat(arrays.bids.hours, arrays.bids.order_ptr[:-1])
        kinds = np.maximum.reduceat(arrays.bids.kind, arrays.bids.order_ptr[:-1])
        worth = self._rank * _size(arrays)
        return [
            np.lexsort((-self._rank, -hours, -kinds)),
            np.argsort(-worth, kind="stable"),
            np.lexsort((-self._rank, -hours, -kinds, worth < GREAT * worth.sum())),
        ]

    def search(self, steps: int) -> None:
        """Ruin and recreate for so many steps."""
        assert self.market is not None
        served = max(int((self.board.way >= 0).sum()), 1)
        heat = HEAT * float(self.board.gain.sum()) / served
        search(steps, heat, self.arrays.parent, self._ways, self._rank, self._prices, self.market)

    def welfare(self) -> int:
        """Return what the search counts: credited value less merit-order cost."""
        begin, end = self.supply.ptr[:-1], self.supply.ptr[1:]
        cost = 0
        for cell in np.flatnonzero(self.board.load):
            load = int(self.board.load[cell])
            cum = self.supply.cum[begin[cell] : end[cell]]
            at = int(begin[cell] + np.searchsorted(cum, load))
            cost += int(self.supply.cost[at]) - (int(self.supply.cum[at]) - load) * int(
                self.supply.ask[at]
            )
        return int(self.board.gain.sum()) - cost

    def drop(self, order: int) -> None:
        """Take an order away, and first those that need it."""
        assert self.market is not None
        for child in np.flatnonzero(self.arrays.parent == order):
            self.drop(int(child))
        if self.board.way[order] >= 0:
            remove(order, self.arrays.parent, self.market)

    def positions(self) -> Positions:
        """Return what stands on the board, sorted by bid and cell."""
        rows = np.zeros((self._pool, 3), np.int64)
        rows = rows[: export(self.board, rows)]
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        return Positions(*rows.T.copy())

    def saved(self) -> tuple[Array, ...]:
        """Return a copy of the board."""
        return tuple(column.copy() for column in self.board)

    def restore(self, saved: tuple[Array, ...]) -> None:
        """Put a copy of the board back."""
        for column, old in zip(self.board, saved, strict=True):
            column[:] = old


def tight_bids(arrays: Arrays) -> Array:
    """Tell which divisible parts want more than their cells hold."""
    tight = np.zeros(len(arrays.bids.kind), np.bool_)
    find_tight(arrays.bids, arrays.places, arrays.supply.cap, tight)
    return tight & (arrays.bids.kind == DIVISIBLE)


def _most_columns(arrays: Arrays) -> Array:
    """Return how many places of each bid are kept: all where it wants more than cells hold."""
    bids = arrays.bids
    cells = np.diff(arrays.places.mask_ptr)[bids.mask] * (bids.last - bids.first)
    few = np.where(bids.kind == DIVISIBLE, MOST_CELLS, MOST_COLUMNS)
    return np.where(tight_bids(arrays), cells, np.minimum(few, cells))


def _ceilings_kept(arrays: Arrays) -> Array:
    """Return by offer and fit table whether the ceilings of its gangs are kept."""
    offers = arrays.parts.offers
    table = np.ones((len(offers), 1 + len(arrays.ceilings)), np.int64)
    for number, (pue, carbon) in enumerate(arrays.ceilings, 1):
        table[:, number] = [
            offer.pue_thousandths <= pue and offer.carbon_g_per_kwh <= carbon for offer in offers
        ]
    return table


def _usable(supply: Supply, prices: Array) -> Array:
    """Return by cell the devices asked for at most at the price."""
    cells = np.repeat(np.arange(len(prices)), np.diff(supply.ptr))
    within = np.bincount(cells[supply.ask <= prices[cells]], minlength=len(prices))
    usable = np.zeros(len(prices), np.int64)
    some = within > 0
    usable[some] = supply.cum[supply.ptr[:-1][some] + within[some] - 1]
    return usable


def _ways(arrays: Arrays, best: Array) -> tuple[Array, Array]:
    """Return each order's best surplus, and its alternatives from the best down."""
    bids = arrays.bids
    table = np.zeros((len(arrays.orders), int(bids.way.max(initial=0)) + 1), np.int64)
    placed = np.zeros_like(table)
    np.add.at(table, (bids.order, bids.way), np.maximum(best[:, 0], 0))
    np.maximum.at(placed, (bids.order, bids.way), best[:, 0] + 1)
    order = np.argsort(-table, axis=1, kind="stable")
    ways = np.where(np.take_along_axis(placed, order, axis=1) > 0, order, -1)
    return table.max(axis=1), ways


def _size(arrays: Arrays) -> Array:
    """Return what each order's largest alternative is worth: how much it takes."""
    return np.maximum.reduceat(arrays.bids.value, arrays.bids.order_ptr[:-1])
