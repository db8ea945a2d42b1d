"""Uniform prices at which nobody loses, by construction: losers' cells go down, or they leave."""

from typing import NamedTuple

import numpy as np

from exchange.clearing.book import TICK_MICROS
from exchange.clearing.bound import best_surplus, by_order
from exchange.clearing.kernels.curing import cure, dispatch
from exchange.clearing.kernels.lifting import Ladder
from exchange.clearing.kernels.shapes import DIVISIBLE, Array
from exchange.clearing.least import respect_least
from exchange.clearing.lifting import cover_start_ups, lift
from exchange.clearing.offers import lowest_asks
from exchange.clearing.placing import LEFT, Floor

PASSES = 4
ROUNDS = 4


class Priced(NamedTuple):
    """An allocation with its prices."""

    prices: Array
    flows: Array  # by step of the supply
    rejected: int  # orders without a place although in the money
    board: tuple[Array, ...]


class _Stand(NamedTuple):
    """What orders have and may pay; an order has one position in a cell, whatever its parts."""

    order: Array  # by position
    cell: Array
    devices: Array
    ptr: Array  # by order
    most: Array  # by order: what it may pay for devices and Gbit/s
    flows: Array
    least: Array  # by cell: the highest ask used


def price(floor: Floor, duals: Array, near: Array | None = None, most: int = ROUNDS) -> Priced:
    """Return prices for what stands on the floor, near the dual's or near others where given.

    Who loses even so is taken away.

    Afterwards orders in the money are placed where room is left at the prices, and prices rise
    as far as nobody loses. All that is done again, so often at most, while fewer are left out; the
    best is returned.
    """
    best: Priced | None = None
    counts: list[int] = []
    plain = np.minimum(duals // TICK_MICROS * TICK_MICROS, most_price(floor))
    start = plain if near is None else near
    while _go_on(counts, most):
        prices = _cured(floor, start, plain)
        surplus = floor.look(prices, LEFT)
        floor.place(np.argsort(-surplus, kind="stable"))
        prices = _cured(floor, prices, plain)
        stand = _stand(floor)
        ladder = _ladder(floor, stand, prices)
        cover_start_ups(floor, stand.flows, ladder)
        lift(floor, _waiting(floor)[floor.arrays.bids.order], ladder)
        counts.append(_left_out(floor, prices))
        if best is None or counts[-1] < best.rejected:
            best = Priced(prices.copy(), stand.flows, counts[-1], floor.saved())
        start = prices
    assert best is not None
    return best


def _go_on(counts: list[int], most: int) -> bool:
    """Tell whether to price again: a second time, and while fewer were left out than before."""
    return len(counts) < most and (len(counts) < 2 or counts[-2] > counts[-1])


def _left_out(floor: Floor, prices: Array) -> int:
    """Return how many orders in the money have no place."""
    waits = _waiting(floor)
    only = waits[floor.arrays.bids.order]
    best = by_order(floor.arrays, best_surplus(floor.arrays, prices, purse=True, only=only))
    return int(((best > 0) & waits).sum())


def _waiting(floor: Floor) -> Array:
    """Tell which orders have no place although their parent has one."""
    way, parent = floor.board.way, floor.arrays.parent
    waits: Array = (way < 0) & ((parent < 0) | (way[parent] >= 0))
    return waits


def _stand(floor: Floor) -> _Stand:
    arrays, board, supply = floor.arrays, floor.board, floor.merit
    flows = np.zeros(len(supply.part), np.int64)
    parts = arrays.parts
    dispatch(supply, parts.owner, parts.devices, parts.rank, board, flows)
    for order in respect_least(floor, flows):
        floor.drop(order)
        return _stand(floor)
    order, cell, devices = _together(floor)
    ptr = np.searchsorted(order, np.arange(len(arrays.orders) + 1))
    gain = np.zeros(len(arrays.orders), np.int64)
    np.add.at(gain, arrays.bids.order, board.gain)
    placed = board.first >= 0
    moved = np.zeros(len(arrays.orders), np.int64)
    blocks = placed & (arrays.bids.kind != DIVISIBLE)
    paid = arrays.bids.value[blocks] - board.gain[blocks]
    np.add.at(moved, arrays.bids.order[blocks], paid)
    most = np.minimum(gain, arrays.bids.purse - moved)
    least = np.zeros(len(supply.cap), np.int64)
    cells = np.repeat(np.arange(len(supply.cap)), np.diff(supply.ptr))
    used = flows > 0
    np.maximum.at(least, cells[used], arrays.parts.ask[supply.part[used]])
    least = on_tick(least)
    return _Stand(order, cell, devices, ptr, most, flows, least)


def _together(floor: Floor) -> tuple[Array, Array, Array]:
    """Return order, cell and devices of every position, the parts of an order in one."""
    positions, cells = floor.positions(), len(floor.merit.cap)
    keys = floor.arrays.bids.order[positions.bid] * cells + positions.cell
    places, which = np.unique(keys, return_inverse=True)
    devices = np.zeros(len(places), np.int64)
    np.add.at(devices, which, positions.devices)
    return places // cells, places % cells, devices


def _pays(stand: _Stand, prices: Array) -> Array:
    pays = np.zeros(len(stand.most), np.int64)
    np.add.at(pays, stand.order, stand.devices * prices[stand.cell])
    return pays


def _cured(floor: Floor, start: Array, plain: Array) -> Array:
    """Return prices at which nobody on the floor loses; those who cannot stay are dropped.

    They begin with `start`; where nobody stands it is the plain price or the lowest ask.
    """
    while True:
        stand = _stand(floor)
        lost = np.flatnonzero(_pays(stand, stand.least) > stand.most)
        if not len(lost):
            break
        for order in lost:
            floor.drop(int(order))
    prices = np.maximum(start, stand.least)
    idle = np.where(floor.merit.cap > 0, np.maximum(plain, _lowest_ask(floor)), 0)
    prices = np.where(floor.board.load > 0, prices, idle)
    losers = np.flatnonzero(_pays(stand, prices) > stand.most)
    losers = losers[np.argsort(np.diff(stand.ptr)[losers], kind="stable")]
    for _ in range(PASSES):
        cure(
            losers, stand.ptr, stand.cell, stand.devices, stand.most,
            prices, stand.least, TICK_MICROS,
        )  # fmt: skip
    return prices


def on_tick(prices: Array) -> Array:
    """Return prices rounded up to the tick."""
    return -(-prices // TICK_MICROS) * TICK_MICROS


def most_price(floor: Floor) -> int:
    """Return the highest price that a cell may have."""
    return floor.arrays.book.price_most_micros // TICK_MICROS * TICK_MICROS


def _lowest_ask(floor: Floor) -> Array:
    """Return by cell the lowest ask of what stands there, on the tick; 0 where nothing does."""
    return np.minimum(on_tick(lowest_asks(floor.arrays.parts, floor.merit)), most_price(floor))


def _ladder(floor: Floor, stand: _Stand, prices: Array) -> Ladder:
    """Return who stands in each cell and what they could still pay at the prices."""
    by_cell = np.argsort(stand.cell, kind="stable")
    at_cell = np.searchsorted(stand.cell[by_cell], np.arange(len(floor.merit.cap) + 1))
    slack = stand.most - _pays(stand, prices)
    return Ladder(
        at_cell, stand.order[by_cell], stand.devices[by_cell], slack, prices, floor.merit.hours,
        most_price(floor), TICK_MICROS,
    )  # fmt: skip
