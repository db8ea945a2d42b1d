"""One step of the smoothed dual: what would be bought and sold at prices that soften choice.

Weights are (1 - x/8)^8 for a disadvantage x in units of the temperature: close to exp(-x), of
bounded reach, and made of products alone, so that every processor finds the same.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from exchange.clearing.kernels import KEPT, inner, loop
from exchange.clearing.kernels.reach import CHUNKS, costs_in, devices_for
from exchange.clearing.kernels.shapes import DIVISIBLE, Array, Bids, Places, Supply

REACH = 8.0
MARGIN = 0.04  # of an order's value: how much prices may move before all nodes are seen again


@inner
def _weight(disadvantage: float) -> float:
    left = 1.0 - disadvantage * (1.0 / REACH)
    if left <= 0.0:
        return 0.0
    left *= left
    left *= left
    return left * left


@inner
def _offered_in(cell: int, supply: Supply, price: float, spread: float) -> float:
    total, before = 0.0, 0
    for step in range(supply.ptr[cell], supply.ptr[cell + 1]):
        share = 0.5 + 0.5 * (price - supply.ask[step]) / spread
        if share <= 0.0:
            break
        total += min(share, 1.0) * (supply.cum[step] - before)
        before = supply.cum[step]
    return total


@loop
def offered(supply: Supply, prices: Array, width: Array, sold: Array) -> None:
    """Fill what each cell would sell, each ask softened by the row's width."""
    for cell in range(len(prices)):
        sold[cell] = _offered_in(cell, supply, prices[cell], width[cell // supply.hours])


class Pairs(NamedTuple):
    """Bids and the nodes that are worth a look now, and room for what is found there."""

    ptr: Array  # by bid
    node: Array
    live: Array  # by bid: how many nodes are looked at
    room: int  # the most pairs of one order
    top: Array  # by bid: the highest unit price that a crowded part may use until all are seen


@loop
def wake(bid: int, bids: Bids, places: Places, pairs: Pairs) -> None:
    """Look at every node of a bid again."""
    begin, end = places.mask_ptr[bids.mask[bid]], places.mask_ptr[bids.mask[bid] + 1]
    pairs.live[bid] = end - begin
    for at in range(end - begin):
        pairs.node[pairs.ptr[bid] + at] = places.mask_node[begin + at]


@loop
def _wake(order: int, bids: Bids, places: Places, pairs: Pairs) -> None:
    """Look at every node of an order's blocks again."""
    for bid in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        if bids.kind[bid] != DIVISIBLE:
            wake(bid, bids, places, pairs)


@loop
def _look(
    order: int, bids: Bids, places: Places, sums: Array, pairs: Pairs, costs: Array, least: Array
) -> float:
    """Fill the costs by pair and start, and the least of each pair; return the best surplus."""
    best, row = 0.0, 0
    for bid in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        if bids.kind[bid] == DIVISIBLE:
            continue
        for at in range(pairs.ptr[bid], pairs.ptr[bid] + pairs.live[bid]):
            count = costs_in(bid, pairs.node[at], bids, places, sums, costs[row])
            low = costs[row, 0]
            for start in range(1, count):
                low = min(low, costs[row, start])
            least[row] = low
            best = max(best, bids.value[bid] - low)
            row += 1
    return best


@loop
def _prune(order: int, best: float, heat: float, bids: Bids, pairs: Pairs, least: Array) -> None:
    """Keep the pairs that may come within reach before all are looked at again."""
    row = 0
    for bid in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        if bids.kind[bid] == DIVISIBLE:
            continue
        begin, kept = pairs.ptr[bid], 0
        for at in range(begin, begin + pairs.live[bid]):
            behind = best - bids.value[bid] + least[row]
            if behind < REACH * heat + MARGIN * bids.value[bid]:
                pairs.node[begin + kept] = pairs.node[at]
                kept += 1
            row += 1
        pairs.live[bid] = kept


@inner
def _weigh(costs: Array, behind: float, heat: float) -> float:
    """Turn costs into weights; return their sum."""
    number = costs.dtype.type
    total, cold = number(0), number(1.0 / (REACH * heat))
    begin = number(1.0 - behind / (REACH * heat))
    for start in range(len(costs)):
        left = max(number(0), begin - costs[start] * cold)
        left *= left
        left *= left
        left *= left
        costs[start] = left
        total += left
    return total


@inner
def _load(
    bid: int, node: int, part: float, weights: Array, bids: Bids, places: Places, load: Array
) -> None:
    """Add a pair's starts to the differences of load: rows of hours + 1."""
    first = bids.first[bid]
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, places) * part
        at = first + bids.seg_off[seg]
        _add(load[node], at, bids.seg_hours[seg], devices, weights)
    if bids.gbps[bid]:
        arc = places.arc[bids.city[bid], node]
        _add(load[arc], first, bids.hours[bid], bids.gbps[bid] * part, weights)


@inner
def _add(load: Array, at: int, hours: int, devices: float, weights: Array) -> None:
    for start in range(len(weights)):
        load[at + start] += devices * weights[start]
    for start in range(len(weights)):
        load[at + hours + start] -= devices * weights[start]


@loop
def _spread(
    order: int,
    best: float,
    heat: float,
    bids: Bids,
    places: Places,
    pairs: Pairs,
    costs: Array,
    least: Array,
    load: Array,
) -> None:
    """Load the order's columns within reach of its best."""
    total = _weight(best / heat)  # to buy nothing is a choice too
    for turn in range(2):
        row = 0
        for bid in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
            if bids.kind[bid] == DIVISIBLE:
                continue
            behind = best - bids.value[bid]
            count = bids.last[bid] - bids.first[bid] - bids.hours[bid] + 1
            for at in range(pairs.ptr[bid], pairs.ptr[bid] + pairs.live[bid]):
                if behind + least[row] < REACH * heat:
                    if turn == 0:
                        total += _weigh(costs[row, :count], behind, heat)
                    else:
                        weights = costs[row, :count]
                        _load(bid, pairs.node[at], 1 / total, weights, bids, places, load)
                row += 1


@njit(parallel=True, cache=KEPT)
def blocks(
    bids: Bids,
    places: Places,
    sums: Array,
    heat: Array,
    pairs: Pairs,
    loads: Array,
    everywhere: bool,
) -> None:
    """Fill the load of blocks at softened choice, by chunk: the order of summing is fixed."""
    for chunk in prange(CHUNKS):
        load = loads[chunk]
        load[:] = 0.0
        costs = np.empty((pairs.room, places.fit.shape[3]), np.float32)
        least = np.empty(pairs.room, np.float64)
        for order in range(chunk, len(heat), CHUNKS):
            if everywhere:
                _wake(order, bids, places, pairs)
            best = _look(order, bids, places, sums, pairs, costs, least)
            _spread(order, best, heat[order], bids, places, pairs, costs, least, load)
            if everywhere:
                _prune(order, best, heat[order], bids, pairs, least)
