"""What each bid would cost at given prices, everywhere it may run."""

import numpy as np
from numba import njit, prange

from exchange.clearing.kernels import KEPT, inner, loop
from exchange.clearing.kernels.shapes import DIVISIBLE, NOWHERE, Array, Bids, Places

CHUNKS = 16


@njit(cache=KEPT)
def windows(prices: Array, hours: int, lengths: Array, sums: Array) -> None:
    """Fill the running sums of prices: by length, row and start."""
    rows = len(prices) // hours
    run = np.zeros(hours + 1, prices.dtype)
    for row in range(rows):
        for hour in range(hours):
            run[hour + 1] = run[hour] + prices[row * hours + hour]
        for number in range(len(lengths)):
            length = lengths[number]
            for start in range(hours - length + 1):
                sums[number, row, start] = run[start + length] - run[start]


@inner
def devices_for(amount: int, bid: int, node: int, bids: Bids, places: Places) -> int:
    """Return the whole devices that an amount takes in a node."""
    needed = amount
    if bids.scale[bid] > 1:
        rate = places.rate[bids.work[bid], node]
        needed = (amount + rate - 1) // rate
    if bids.whole[bid]:
        step = places.step[node]
        needed = (needed + step - 1) // step * step
    return needed


@inner
def _set(costs: Array, devices: int, moved: int, fit: Array, sums: Array) -> None:
    """Fill a segment's cost where it fits."""
    number = costs.dtype.type
    many, more, never = number(devices), number(moved), number(NOWHERE)
    for start in range(len(costs)):
        cost = many * sums[start] + more
        costs[start] = cost if fit[start] >= devices else never


@inner
def _add(costs: Array, devices: int, fit: Array, sums: Array) -> None:
    """Add a further segment's cost where all so far fit and it fits."""
    number = costs.dtype.type
    many, never = number(devices), number(NOWHERE)
    for start in range(len(costs)):
        fits = fit[start] >= devices and costs[start] < never
        costs[start] = costs[start] + many * sums[start] if fits else never


@inner
def costs_in(bid: int, node: int, bids: Bids, places: Places, sums: Array, costs: Array) -> int:
    """Fill the costs of a block by start in one node; return how many starts there are."""
    first, begin, table = bids.first[bid], bids.seg_ptr[bid], bids.fit[bid]
    count = bids.last[bid] - first - bids.hours[bid] + 1
    costs = costs[:count]
    arc = places.arc[bids.city[bid], node]
    moved = bids.moved_gb[bid] * places.per_gb[arc] if bids.moved_gb[bid] else 0
    for seg in range(begin, bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, places)
        at, length = first + bids.seg_off[seg], bids.seg_len[seg]
        fit, cost = places.fit[table, length, node, at:], sums[length, node, at:]
        if seg == begin:
            _set(costs, devices, moved, fit, cost)
        else:
            _add(costs, devices, fit, cost)
    if bids.gbps[bid]:
        # Over all of its hours, also those in which a profile asks for no devices.
        length = bids.link_len[bid]
        _add(costs, bids.gbps[bid], places.fit[0, length, arc, first:], sums[length, arc, first:])
    return count


@loop
def cheapest_block(
    bid: int, bids: Bids, places: Places, sums: Array, costs: Array
) -> tuple[int, int, int]:
    """Return the least cost of a block, its node and its start; NOWHERE where none fits."""
    least, where, when = NOWHERE, -1, -1
    mask = bids.mask[bid]
    for at in range(places.mask_ptr[mask], places.mask_ptr[mask + 1]):
        node = places.mask_node[at]
        count = costs_in(bid, node, bids, places, sums, costs)
        for start in range(count):
            if costs[start] < least:
                least, where, when = costs[start], node, bids.first[bid] + start
    return least, where, when


@inner
def _surplus_of(bid: int, unit: int, bids: Bids) -> int:
    """Return what an hour of a divisible part gains at a unit price."""
    gain = bids.amount[bid] * (bids.limit[bid] - unit)
    if gain <= 0:
        return 0
    scale = bids.scale[bid]
    return (gain + scale - 1) // scale


@loop
def _units(bid: int, bids: Bids, places: Places, prices: Array, cap: Array, unit: Array) -> None:
    """Fill the cheapest unit price of each hour of the window."""
    hours = places.fit.shape[3]
    mask = bids.mask[bid]
    for hour in range(len(unit)):
        unit[hour] = NOWHERE
    for at in range(places.mask_ptr[mask], places.mask_ptr[mask + 1]):
        node = places.mask_node[at]
        rate = places.rate[bids.work[bid], node] if bids.scale[bid] > 1 else 1
        start = node * hours + bids.first[bid]
        for hour in range(len(unit)):
            if cap[start + hour] > 0:
                unit[hour] = min(unit[hour], prices[start + hour] * bids.scale[bid] // rate)


@njit(cache=KEPT)
def divisible_surplus(
    bid: int, bids: Bids, places: Places, prices: Array, cap: Array
) -> tuple[int, int]:
    """Return the best surplus of a divisible part, and the hours that have any place."""
    width = bids.last[bid] - bids.first[bid]
    unit = np.empty(width, np.int64)
    _units(bid, bids, places, prices, cap, unit)
    unit.sort()
    total, placed = 0, 0
    for hour in range(bids.hours[bid]):
        if unit[hour] < NOWHERE:
            placed += 1
            total += _surplus_of(bid, unit[hour], bids)
    return total, placed


@njit(parallel=True, cache=KEPT)
def best_of_bids(
    bids: Bids,
    places: Places,
    sums: Array,
    prices: Array,
    cap: Array,
    wanted: Array,
    best: Array,
    purse: bool,
) -> None:
    """Fill the best surplus of each wanted bid (no place: -1), and where a block would have it."""
    hours = places.fit.shape[3]
    for chunk in prange(CHUNKS):
        costs = np.empty(hours, np.int64)
        for bid in range(chunk, len(bids.kind), CHUNKS):
            if not wanted[bid]:
                continue
            if bids.kind[bid] == DIVISIBLE:
                surplus, placed = divisible_surplus(bid, bids, places, prices, cap)
                best[bid, 0] = surplus if placed else -1
            else:
                cost, node, start = cheapest_block(bid, bids, places, sums, costs)
                best[bid, 1], best[bid, 2] = node, start
                best[bid, 0] = max(0, bids.value[bid] - cost) if node >= 0 else -1
                if purse and node >= 0 and cost > bids.purse[bids.order[bid]]:
                    best[bid, 0] = 0
