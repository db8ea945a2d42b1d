"""A divisible part whose amount is more than its cheapest cells hold takes the next ones too."""

import numpy as np
from numba import njit

from exchange.clearing.kernels import KEPT, loop
from exchange.clearing.kernels.shapes import Array, Bids, Places

TIGHT = 2.0  # typical cells hold less than twice the amount


@njit(cache=KEPT)
def fill(
    bid: int, bids: Bids, places: Places, cap: Array, unit: Array, cells: Array, taken: Array
) -> None:
    """Fill what the part takes of each of the cells, the cheapest first."""
    hours = places.fit.shape[3]
    left = bids.amount[bid] * bids.hours[bid]
    there = np.full(hours, bids.amount[bid], np.int64)
    taken[:] = 0
    for at in np.argsort(unit, kind="mergesort"):
        if left <= 0:
            break
        node, hour = cells[at] // hours, cells[at] % hours
        rate = places.rate[bids.work[bid], node] if bids.scale[bid] > 1 else 1
        much = min(left, there[hour], cap[cells[at]] * rate)
        taken[at] = much
        there[hour] -= much
        left -= much


@loop
def find_tight(bids: Bids, places: Places, cap: Array, tight: Array) -> None:
    """Mark the divisible parts that want more than a typical cell of theirs holds."""
    hours = places.fit.shape[3]
    for bid in range(len(bids.kind)):
        mask, held, cells = bids.mask[bid], 0.0, 0
        for at in range(places.mask_ptr[mask], places.mask_ptr[mask + 1]):
            node = places.mask_node[at]
            rate = places.rate[bids.work[bid], node] if bids.scale[bid] > 1 else 1
            for cell in range(node * hours + bids.first[bid], node * hours + bids.last[bid]):
                held += cap[cell] * rate
                cells += cap[cell] > 0
        tight[bid] = held < TIGHT * cells * bids.amount[bid]
