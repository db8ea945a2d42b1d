"""The board of a clearing: columns at given prices, the search, what stands where."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from exchange.clearing.arrays import Arrays
from exchange.clearing.bound import best_surplus, sums_at
from exchange.clearing.kernels.columns import MOST_CELLS, MOST_COLUMNS, find_columns
from exchange.clearing.kernels.curing import export
from exchange.clearing.kernels.filling import find_tight
from exchange.clearing.kernels.market import Market
from exchange.clearing.kernels.pieces import Board, empty_board
from exchange.clearing.kernels.ruining import remove
from exchange.clearing.kernels.search import place_in_turn, search
from exchange.clearing.kernels.shapes import DIVISIBLE, NOWHERE, Array, Supply
from exchange.clearing.offers import supply_of
from exchange.clearing.sequences import Sequences, size_of
from exchange.units import BP

Tell = Callable[[str, float], None]  # a phase, and how much of it is done
PIECE = 2_000  # steps between two words of progress
HEAT = 0.004  # of a mean order's value: what a step may lose at first


class Reach(NamedTuple):
    """Which places an order may have at given prices, and which asks may be used."""

    cost_bp: int = BP  # of the prices: what a place counts for against the limit
    ask_bp: int | None = BP  # of the prices: the dearest ask in use; None: whatever is asked
    waiting: bool = False  # only orders without a place


STRICT = Reach(ask_bp=10_200)
# Prices are not exact: a place that costs a little too much may do in the end.
LENIENT = Reach(cost_bp=9_500, ask_bp=10_500)
FREE = Reach(cost_bp=1_000, ask_bp=None)  # prices only say where to look first
LEFT = Reach(waiting=True)


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
        self.supply, self.merit = self._supplies()
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
        # Nodes that may be used now: all, or those of one zone.
        self.allowed = np.ones(len(arrays.grounds.nodes), np.bool_)
        self.market: Market | None = None
        self._ways = np.zeros((0, 0), np.int64)
        self._rank = np.zeros(0)
        self._prices = self._true = self._surplus = np.zeros(0, np.int64)

    def _supplies(self) -> tuple[Supply, Supply]:
        """Return what is open: as the search counts it, and in merit order."""
        arrays, closed = self.arrays, self.closed
        return (
            supply_of(arrays.spread, arrays.grounds, closed),
            supply_of(arrays.parts, arrays.grounds, closed),
        )

    def reopen(self) -> None:
        """Take in which offers are closed."""
        self.supply, self.merit = self._supplies()

    def clear(self) -> None:
        """Take everything away."""
        bids, offers = self.arrays.bids, len(self.arrays.parts.offers)
        self.board = empty_board(bids, self.supply, offers, self._pool)

    def close(self, offers: list[int]) -> None:
        """Close block offers; orders for which nothing is left give way, the least gain first."""
        if not offers:
            return
        self.closed[offers] = True
        self.reopen()
        gone = np.isin(self.board.offer, offers)
        for order in self.arrays.bids.order[gone]:
            self.drop(int(order))
        while len(full := np.flatnonzero(self.board.load > self.supply.cap)):
            self.drop(self.last_in(int(full[0])))

    def last_in(self, cell: int) -> int:
        """Return the order with the smallest gain that stands in a cell."""
        positions = self.positions()
        bids = positions.bid[positions.cell == cell]
        return int(self.arrays.bids.order[bids[np.argmin(self.board.gain[bids])]])

    def look(self, prices: Array, reach: Reach) -> Array:
        """Find each bid's places within reach at the prices; return each order's best surplus."""
        arrays, hours = self.arrays, self.supply.hours
        waits = self.board.way[arrays.bids.order] < 0
        best = best_surplus(arrays, prices, purse=True, only=waits if reach.waiting else None)
        wanted = best[:, 0] > 0 if reach.waiting else best[:, 0] >= 0
        count = np.zeros(len(wanted), np.int64)
        counted = prices * reach.cost_bp // BP
        find_columns(
            arrays.bids, arrays.places, sums_at(arrays, counted), counted, self.supply.cap,
            wanted, self.allowed, self._ptr, self._cells, count,
        )  # fmt: skip
        ceiling = np.full_like(prices, NOWHERE)
        if reach.ask_bp is not None:
            ceiling = prices * reach.ask_bp // BP
        self.board.usable[:] = _usable(self.supply, ceiling)
        self.market = Market(
            self.supply, arrays.bids, arrays.places, self.board, self._ptr, self._cells, count,
            ceiling, self._kept, self._chance, np.zeros(hours, np.int64),
            np.zeros(hours, np.int64),
            self._heavy,
        )  # fmt: skip
        surplus, self._ways = _ways(arrays, best)
        self._rank = surplus / np.maximum(size_of(arrays), 1)
        self._prices, self._true, self._surplus = counted, prices, surplus
        return surplus

    def place(self, orders: Array) -> None:
        """Place orders in turn, each where it finds room."""
        assert self.market is not None
        parent = self.arrays.parent
        place_in_turn(orders, parent, self._ways, self._prices, self.market)
        # Children that came before their parents.
        place_in_turn(orders[parent[orders] >= 0], parent, self._ways, self._prices, self.market)

    def sequences(self) -> Sequences:
        """Return in which sequences orders may be placed at the prices looked at."""
        return Sequences(self.arrays, self._rank, self._chance)

    def search(self, steps: int, enough: int, tell: Tell) -> None:
        """Ruin and recreate for so many steps, or until welfare is enough; tell how far it is."""
        assert self.market is not None
        served = max(int((self.board.way >= 0).sum()), 1)
        heat = HEAT * float(self.board.gain.sum()) / served
        for begin in range(0, steps if len(self.arrays.orders) else 0, PIECE):
            if self.welfare() >= enough:
                return
            end = min(begin + PIECE, steps)
            tell("search", end / steps)
            search(
                begin, end, steps, heat, self.arrays.parent, self._ways, self._rank,
                self._prices, self._surplus, self._true, self.market,
            )  # fmt: skip

    def welfare(self) -> int:
        """Return credited value less what is used in merit order, start-up costs spread."""
        supply, load = self.supply, self.board.load
        cells = np.flatnonzero(load)
        # Running sums over all cells find the step of each load at once.
        below = np.concatenate([[0], np.cumsum(supply.cap)])
        steps = supply.cum + np.repeat(below[:-1], np.diff(supply.ptr))
        at = np.searchsorted(steps, below[cells] + load[cells])
        over = supply.cum[at] - load[cells]
        return int(self.board.gain.sum() - (supply.cost[at] - over * supply.ask[at]).sum())

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


def places_of_all(arrays: Arrays) -> int:
    """Return in how many cells the bids could be placed, all together."""
    return int(_cells(arrays).sum())


def _cells(arrays: Arrays) -> Array:
    bids = arrays.bids
    cells: Array = np.diff(arrays.places.mask_ptr)[bids.mask] * (bids.last - bids.first)
    return cells


def _most_columns(arrays: Arrays) -> Array:
    """Return how many places of each bid are kept: all where it wants more than cells hold."""
    bids, cells = arrays.bids, _cells(arrays)
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
