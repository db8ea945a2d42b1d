"""The part of divisible bids in a step of the smoothed dual."""

import numpy as np
from numba import njit, prange

from exchange.clearing.kernels import KEPT, inner, loop
from exchange.clearing.kernels.filling import fill
from exchange.clearing.kernels.reach import CHUNKS
from exchange.clearing.kernels.shapes import DIVISIBLE, NOWHERE, Array, Bids, Places
from exchange.clearing.kernels.smoothing import MARGIN, REACH, Pairs, wake

FAR = float(NOWHERE)  # a price where nothing is offered


@inner
def _rate(bid: int, node: int, bids: Bids, places: Places) -> float:
    """Return what a device counts for in units of the bid's amount."""
    return float(places.rate[bids.work[bid], node]) if bids.scale[bid] > 1 else 1.0


@loop
def _unit_prices(
    bid: int, bids: Bids, places: Places, pairs: Pairs, prices: Array, unit: Array
) -> None:
    """Fill the cheapest unit price by hour."""
    hours, begin, width = places.fit.shape[3], pairs.ptr[bid], len(unit)
    for hour in range(width):
        unit[hour] = FAR
    for at in range(begin, begin + pairs.live[bid]):
        node = pairs.node[at]
        ratio = bids.scale[bid] / _rate(bid, node, bids, places)
        start = node * hours + bids.first[bid]
        row = prices[start : start + width]
        for hour in range(width):
            price = row[hour] * ratio
            unit[hour] = price if price < unit[hour] else unit[hour]


@loop
def _prune(
    bid: int, bids: Bids, places: Places, pairs: Pairs, prices: Array, unit: Array, reach: float
) -> None:
    """Keep the nodes that may come within reach before all are looked at again."""
    hours, begin, kept = places.fit.shape[3], pairs.ptr[bid], 0
    for at in range(begin, begin + pairs.live[bid]):
        node = pairs.node[at]
        ratio = bids.scale[bid] / _rate(bid, node, bids, places)
        start = node * hours + bids.first[bid]
        for hour in range(len(unit)):
            if unit[hour] < FAR and prices[start + hour] * ratio < unit[hour] + reach:
                pairs.node[begin + kept] = node
                kept += 1
                break
    pairs.live[bid] = kept


@njit(cache=KEPT)
def _shares(bid: int, bids: Bids, unit: Array, heat: float, share: Array) -> bool:
    """Fill the share of its amount that each hour takes; return whether any takes some."""
    width, wanted = len(unit), bids.hours[bid]
    cut = float(bids.limit[bid])
    if wanted < width:
        ranked = np.sort(unit)
        cut = min(cut, 0.5 * (ranked[wanted - 1] + ranked[wanted]))
    total = 0.0
    for hour in range(width):
        share[hour] = min(1.0, max(0.0, 0.5 + (cut - unit[hour]) / (4.0 * heat)))
        total += share[hour]
    if total > wanted:
        for hour in range(width):
            share[hour] *= wanted / total
    return total > 0.0


@loop
def _weigh(
    bid: int,
    bids: Bids,
    places: Places,
    pairs: Pairs,
    prices: Array,
    unit: Array,
    cold: float,
    weights: Array,
    total: Array,
) -> None:
    """Fill the weight of each live node by hour, and their sum."""
    hours, begin, width = places.fit.shape[3], pairs.ptr[bid], len(unit)
    for hour in range(width):
        total[hour] = 1e-9
    for at in range(pairs.live[bid]):
        node = pairs.node[begin + at]
        ratio = bids.scale[bid] / _rate(bid, node, bids, places)
        start = node * hours + bids.first[bid]
        row, weight = prices[start : start + width], weights[at, :width]
        for hour in range(width):
            left = 1.0 - (row[hour] * ratio - unit[hour]) * cold
            left = left if left > 0.0 else 0.0
            left *= left
            left *= left
            left *= left
            weight[hour] = left
        for hour in range(width):
            total[hour] += weight[hour]


@loop
def _spread(
    bid: int, bids: Bids, places: Places, pairs: Pairs, share: Array, weights: Array, load: Array
) -> None:
    """Add what the bid takes to the load: each hour over the nodes that are nearly cheapest."""
    hours, begin, width = places.fit.shape[3], pairs.ptr[bid], len(share)
    for at in range(pairs.live[bid]):
        node = pairs.node[begin + at]
        much = bids.amount[bid] / _rate(bid, node, bids, places)
        start = node * hours + bids.first[bid]
        row, weight = load[start : start + width], weights[at, :width]
        for hour in range(width):
            row[hour] += weight[hour] * share[hour] * much


@loop
def _below(
    bid: int,
    top: float,
    bids: Bids,
    places: Places,
    pairs: Pairs,
    prices: Array,
    unit: Array,
    cells: Array,
) -> int:
    """Collect the cells below a unit price, keeping the nodes that have any; return how many."""
    hours, begin, found, kept = places.fit.shape[3], pairs.ptr[bid], 0, 0
    for at in range(begin, begin + pairs.live[bid]):
        node, before = pairs.node[at], found
        ratio = bids.scale[bid] / _rate(bid, node, bids, places)
        for cell in range(node * hours + bids.first[bid], node * hours + bids.last[bid]):
            if prices[cell] * ratio < top:
                unit[found], cells[found] = prices[cell] * ratio, cell
                found += 1
        if found > before:
            pairs.node[begin + kept] = node
            kept += 1
    pairs.live[bid] = kept
    return found


@njit(cache=KEPT)
def _take(
    bid: int,
    bids: Bids,
    places: Places,
    pairs: Pairs,
    prices: Array,
    cap: Array,
    load: Array,
    everywhere: bool,
) -> None:
    """Load what a crowded part takes at the prices: it is spread already."""
    hours, limit = places.fit.shape[3], float(bids.limit[bid])
    if everywhere:
        wake(bid, bids, places, pairs)
        pairs.top[bid] = limit
    room = pairs.live[bid] * (bids.last[bid] - bids.first[bid])
    unit, cells = np.empty(room, np.float64), np.empty(room, np.int64)
    found = _below(bid, pairs.top[bid], bids, places, pairs, prices, unit, cells)
    taken = np.empty(found, np.int64)
    fill(bid, bids, places, cap, unit[:found], cells, taken)
    top, left = 0.0, bids.amount[bid] * bids.hours[bid]
    for at in range(found):
        if taken[at] > 0:
            left -= taken[at]
            top = max(top, unit[at])
            load[cells[at]] += taken[at] / _rate(bid, cells[at] // hours, bids, places)
    if everywhere:
        pairs.top[bid] = limit if left > 0 else min(limit, top + MARGIN * limit)


@njit(parallel=True, cache=KEPT)
def divisibles(
    bids: Bids,
    places: Places,
    prices: Array,
    cap: Array,
    heat: float,
    pairs: Pairs,
    loads: Array,
    tight: Array,
    everywhere: bool,
) -> None:
    """Fill the load of divisible bids at softened choice, by chunk.

    Prices are FAR where nothing is offered. Nodes out of reach are looked at `everywhere` only.
    """
    hours = places.fit.shape[3]
    for chunk in prange(CHUNKS):
        load = loads[chunk]
        load[:] = 0.0
        weights = np.empty((pairs.room, hours), np.float64)
        rows = np.empty((3, hours), np.float64)
        for bid in range(chunk, len(bids.kind), CHUNKS):
            if bids.kind[bid] != DIVISIBLE:
                continue
            if tight[bid]:
                _take(bid, bids, places, pairs, prices, cap, load, everywhere)
                continue
            width, warm = bids.last[bid] - bids.first[bid], heat * bids.limit[bid]
            unit, share, total = rows[0, :width], rows[1, :width], rows[2, :width]
            if everywhere:
                wake(bid, bids, places, pairs)
            _unit_prices(bid, bids, places, pairs, prices, unit)
            if everywhere:
                reach = REACH * warm + MARGIN * bids.limit[bid]
                _prune(bid, bids, places, pairs, prices, unit, reach)
            if _shares(bid, bids, unit, warm, share):
                cold = 1.0 / (REACH * warm)
                _weigh(bid, bids, places, pairs, prices, unit, cold, weights, total)
                share /= total
                _spread(bid, bids, places, pairs, share, weights, load)
