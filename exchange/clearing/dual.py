"""Prices that nearly balance the book: a smoothed Lagrangian dual, cooled down."""

import numpy as np

from exchange.clearing.arrays import Arrays
from exchange.clearing.book import TICK_MICROS
from exchange.clearing.bound import bound
from exchange.clearing.kernels.filling import find_tight
from exchange.clearing.kernels.reach import CHUNKS, windows
from exchange.clearing.kernels.shapes import Array
from exchange.clearing.kernels.smoothing import Pairs, blocks, offered
from exchange.clearing.kernels.softening import FAR, divisibles
from exchange.clearing.placing import Tell

HOT, COLD = 0.04, 0.002
MOMENTUM = 0.85
EVERY = 10  # steps between looks at every node
SUPPLY_HEAT = 0.01
MEMORY = 0.9  # of the average over steps, which is smoother than the last step
LEAST_SHARE = 0.05  # of a cell's capacity: below that, imbalance counts against capacity


class _Balance:
    """The imbalance of every cell at given prices and heat."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        rows, hours = arrays.rows, arrays.supply.hours
        values = np.maximum.reduceat(arrays.bids.value, arrays.bids.order_ptr[:-1])
        self._worth = np.maximum(values, 1).astype(float)
        self._pairs = _pairs(arrays)
        self._steps = 0
        self._tight = np.zeros(len(arrays.bids.kind), np.bool_)
        find_tight(arrays.bids, arrays.places, arrays.supply.cap, self._tight)
        self._sums = np.zeros((len(arrays.lengths), rows, hours), np.float32)
        self._blocks = np.zeros((CHUNKS, rows, hours + 1))
        self._parts = np.zeros((CHUNKS, rows * hours))
        self._sold = np.zeros(rows * hours)
        self._least = LEAST_SHARE * arrays.supply.cap + 1e-9

    def at(self, prices: Array, heat: float, unit: Array) -> Array:
        """Return demand less supply of each cell, in shares of the larger."""
        arrays = self._arrays
        hours = arrays.supply.hours
        windows(prices, hours, arrays.lengths, self._sums)
        every = self._steps % EVERY == 0
        self._steps += 1
        bids, places, supply = arrays.bids, arrays.places, arrays.supply
        blocks(bids, places, self._sums, self._worth * heat, self._pairs, self._blocks, every)
        open_ = np.where(supply.cap > 0, prices, FAR)
        divisibles(
            bids, places, open_, supply.cap, heat, self._pairs, self._parts, self._tight, every
        )
        offered(supply, prices, unit * max(heat, SUPPLY_HEAT), self._sold)
        load = np.cumsum(self._blocks.sum(0), axis=1)[:, :hours].ravel() + self._parts.sum(0)
        larger = np.maximum(np.maximum(load, self._sold), self._least)
        return np.where(supply.cap > 0, (load - self._sold) / larger, 0.0)


def _pairs(arrays: Arrays) -> Pairs:
    """Return room for every pair of a bid and a node that it may use."""
    counts = np.diff(arrays.places.mask_ptr)[arrays.bids.mask]
    room = int(np.add.reduceat(counts, arrays.bids.order_ptr[:-1]).max(initial=0)) + 1
    ptr = np.cumsum([0, *counts], dtype=np.int64)
    return Pairs(
        ptr,
        np.zeros(ptr[-1], np.int32),
        np.zeros(len(counts), np.int64),
        room,
        np.zeros(len(counts)),
    )


def _middle_asks(arrays: Arrays) -> Array:
    parts, units = arrays.spread, np.ones(arrays.rows)
    for row in np.unique(parts.row):
        # A link may ask for nothing.
        units[row] = max(np.median(parts.counted[parts.row == row]), TICK_MICROS)
    return units


def dual_prices(arrays: Arrays, steps: int, tell: Tell) -> Array:
    """Return whole micros by cell: the prices with the lowest bound among those looked at."""
    unit = _middle_asks(arrays)
    scale = np.repeat(unit, arrays.supply.hours)
    most = float(arrays.book.price_most_micros)
    prices, average, speed = scale.copy(), scale.copy(), np.zeros(len(scale))
    balance = _Balance(arrays)
    seen = [] if steps else [scale]
    for step in range(steps):
        tell("prices", step / steps)
        heat = HOT * (COLD / HOT) ** (step / max(steps - 1, 1))
        speed = MOMENTUM * speed + balance.at(prices, heat, unit)
        moved = prices + heat * scale * speed * (1 - MOMENTUM) * 2
        prices = np.clip(moved, 0.0, most)
        average = MEMORY * average + (1 - MEMORY) * prices
        if step == steps - 1 or (step > steps * 0.6 and step % 20 == 0):
            seen += [average, prices]
    return min(
        (np.rint(found).astype(np.int64) for found in seen),
        key=lambda found: bound([arrays], found),
    )
