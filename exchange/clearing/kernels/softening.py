"""The part of divisible bids in a step of the smoothed dual."""

import numpy as np
from numba import njit, prange

from exchange.clearing.kernels.filling import cheap_cells, fill
from exchange.clearing.kernels.reach import CHUNKS
from exchange.clearing.kernels.shapes import DIVISIBLE, NOWHERE, Array, Bids, Places
from exchange.clearing.kernels.smoothing import REACH, _weight


@njit(cache=True)
def _unit_prices(
    bid: int, bids: Bids, places: Places, prices: Array, cap: Array, unit: Array, low: Array
) -> None:
    """Fill the cheapest unit price by hour, and by node."""
    hours = places.fit.shape[3]
    mask = bids.mask[bid]
    unit[:] = NOWHERE
    begin = places.mask_ptr[mask]
    for at in range(begin, places.mask_ptr[mask + 1]):
        node = places.mask_node[at]
        ratio = 1.0
        if bids.scale[bid] > 1:
            ratio = bids.scale[bid] / places.rate[bids.work[bid], node]
        start = node * hours + bids.first[bid]
        least = float(NOWHERE)
        for hour in range(len(unit)):
            price = prices[start + hour] * ratio if cap[start + hour] > 0 else float(NOWHERE)
            unit[hour] = min(unit[hour], price)
            least = min(least, price)
        low[at - begin] = least


@njit(cache=True)
def _shares(bid: int, bids: Bids, unit: Array, heat: float, share: Array) -> float:
    """Fill the share of its amount that each hour takes; return the highest price in use."""
    width, wanted = len(unit), bids.hours[bid]
    cut = float(bids.limit[bid])
    if wanted < width:
        ranked = np.sort(unit)
        cut = min(cut, 0.5 * (ranked[wanted - 1] + ranked[wanted]))
    total, top = 0.0, 0.0
    for hour in range(width):
        share[hour] = min(1.0, max(0.0, 0.5 + (cut - unit[hour]) / (4.0 * heat)))
        total += share[hour]
        if share[hour] > 0.0:
            top = max(top, unit[hour])
    if total > wanted:
        share *= wanted / total
    return top


@njit(cache=True)
def _weigh(
    start: int, ratio: float, prices: Array, cap: Array, unit: Array, heat: float, weights: Array
) -> None:
    for hour in range(len(unit)):
        weights[hour] = 0.0
        if cap[start + hour] > 0:
            weights[hour] = _weight((prices[start + hour] * ratio - unit[hour]) / heat)


@njit(cache=True)
def _spread(
    bid: int,
    bids: Bids,
    places: Places,
    prices: Array,
    cap: Array,
    unit: Array,
    low: Array,
    share: Array,
    heat: float,
    top: float,
    weights: Array,
    load: Array,
) -> None:
    """Add what the bid takes to the load: each hour over the nodes that are nearly cheapest."""
    hours = places.fit.shape[3]
    mask = bids.mask[bid]
    begin, end = places.mask_ptr[mask], places.mask_ptr[mask + 1]
    total = np.zeros(len(unit))
    for turn in range(2):
        for at in range(begin, end):
            if low[at - begin] >= top + REACH * heat:
                continue
            node = places.mask_node[at]
            rate = 1.0
            if bids.scale[bid] > 1:
                rate = float(places.rate[bids.work[bid], node])
            start = node * hours + bids.first[bid]
            row = weights[at - begin, : len(unit)]
            if turn == 0:
                _weigh(start, bids.scale[bid] / rate, prices, cap, unit, heat, row)
                total += row
            else:
                load[start : start + len(unit)] += row * share * (bids.amount[bid] / rate)
        if turn == 0:
            share /= np.maximum(total, 1e-9)


@njit(cache=True)
def _take(bid: int, bids: Bids, places: Places, prices: Array, cap: Array, load: Array) -> None:
    """Load what a crowded part takes at the prices: it is spread already."""
    mask, hours = bids.mask[bid], places.fit.shape[3]
    room = (places.mask_ptr[mask + 1] - places.mask_ptr[mask]) * (bids.last[bid] - bids.first[bid])
    unit, cells = np.empty(room, np.float64), np.empty(room, np.int64)
    taken = np.empty(room, np.int64)
    found = cheap_cells(bid, bids, places, prices, cap, unit, cells)
    fill(bid, bids, places, cap, unit[:found], cells, taken[:found])
    for at in range(found):
        rate = 1
        if bids.scale[bid] > 1:
            rate = places.rate[bids.work[bid], cells[at] // hours]
        load[cells[at]] += taken[at] / rate


@njit(parallel=True, cache=True)
def divisibles(
    bids: Bids,
    places: Places,
    prices: Array,
    cap: Array,
    heat: float,
    room: int,
    loads: Array,
    tight: Array,
) -> None:
    """Fill the load of divisible bids at softened choice, by chunk."""
    hours = places.fit.shape[3]
    for chunk in prange(CHUNKS):
        load = loads[chunk]
        load[:] = 0.0
        low = np.empty(room, np.float64)
        weights = np.empty((room, hours), np.float64)
        for bid in range(chunk, len(bids.kind), CHUNKS):
            if bids.kind[bid] != DIVISIBLE:
                continue
            width = bids.last[bid] - bids.first[bid]
            unit, share = np.empty(width), np.empty(width)
            _unit_prices(bid, bids, places, prices, cap, unit, low)
            warm = heat * bids.limit[bid]
            if tight[bid]:
                _take(bid, bids, places, prices, cap, load)
                continue
            top = _shares(bid, bids, unit, warm, share)
            if top > 0.0:
                _spread(bid, bids, places, prices, cap, unit, low, share, warm, top, weights, load)
