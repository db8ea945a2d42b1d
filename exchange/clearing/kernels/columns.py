"""The places of each bid, cheapest first: what a search tries in turn."""

import numpy as np
from numba import njit, prange

from exchange.clearing.kernels import KEPT, loop
from exchange.clearing.kernels.reach import CHUNKS, costs_in
from exchange.clearing.kernels.shapes import DIVISIBLE, NOWHERE, Array, Bids, Places

MOST_COLUMNS = 256  # of a block
MOST_CELLS = 8192  # of a divisible part


@njit(cache=KEPT)
def _kept(costs: Array, count: int, most: int) -> Array:
    """Return the cheapest, in order; equal ones as they came."""
    order = np.argsort(costs[:count], kind="mergesort")
    return order[: min(count, most)]


@loop
def _block_columns(
    bid: int,
    limit: int,
    bids: Bids,
    places: Places,
    sums: Array,
    allowed: Array,
    row: Array,
    cost: Array,
    cell: Array,
) -> int:
    hours = places.fit.shape[3]
    mask, found = bids.mask[bid], 0
    for at in range(places.mask_ptr[mask], places.mask_ptr[mask + 1]):
        node = places.mask_node[at]
        if not allowed[node]:
            continue
        count = costs_in(bid, node, bids, places, sums, row)
        for start in range(count):
            if row[start] <= limit:
                cost[found] = row[start]
                cell[found] = node * hours + bids.first[bid] + start
                found += 1
    return found


@loop
def _divisible_cells(
    bid: int,
    bids: Bids,
    places: Places,
    prices: Array,
    cap: Array,
    allowed: Array,
    cost: Array,
    cells: Array,
) -> int:
    hours = places.fit.shape[3]
    mask, found = bids.mask[bid], 0
    for at in range(places.mask_ptr[mask], places.mask_ptr[mask + 1]):
        node = places.mask_node[at]
        rate = places.rate[bids.work[bid], node] if bids.scale[bid] > 1 else 1
        for cell in range(node * hours + bids.first[bid], node * hours + bids.last[bid]):
            unit = (prices[cell] * bids.scale[bid] + rate - 1) // rate
            if allowed[node] and cap[cell] > 0 and unit <= bids.limit[bid]:
                cost[found], cells[found] = unit, cell
                found += 1
    return found


@njit(parallel=True, cache=KEPT)
def find_columns(
    bids: Bids,
    places: Places,
    sums: Array,
    prices: Array,
    cap: Array,
    wanted: Array,
    allowed: Array,
    ptr: Array,
    cells: Array,
    count: Array,
) -> None:
    """Fill the cells (of a block: where it starts) at which a wanted bid would not lose."""
    hours = places.fit.shape[3]
    room = places.fit.shape[2] * hours
    for chunk in prange(CHUNKS):
        cost, cell = np.empty(room, np.int64), np.empty(room, np.int64)
        row = np.empty(hours, np.int64)
        for bid in range(chunk, len(bids.kind), CHUNKS):
            count[bid] = 0
            if not wanted[bid]:
                continue
            if bids.kind[bid] == DIVISIBLE:
                found = _divisible_cells(bid, bids, places, prices, cap, allowed, cost, cell)
            else:
                limit = min(bids.value[bid], bids.purse[bids.order[bid]], NOWHERE - 1)
                found = _block_columns(bid, limit, bids, places, sums, allowed, row, cost, cell)
            order = _kept(cost, found, ptr[bid + 1] - ptr[bid])
            count[bid] = len(order)
            for at in range(len(order)):
                cells[ptr[bid] + at] = cell[order[at]]
