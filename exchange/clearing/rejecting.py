"""Why orders have no place, and what they lose by it at the published prices."""

from collections.abc import Set
from typing import Any

import numpy as np

from exchange.clearing.arrays import Arrays
from exchange.clearing.bound import best_surplus, by_order
from exchange.clearing.kernels.shapes import DIVISIBLE, Array
from exchange.clearing.offers import fits, supply_of


def rejections(
    arrays: Arrays, closed: Array, prices: Array, executing: Set[int]
) -> list[dict[str, Any]]:
    """Return each order of the arrays that does not execute, with its reason and lost surplus."""
    best = best_surplus(arrays, prices, purse=True)
    lost = by_order(arrays, best)
    without = lost
    if closed.any():
        open_ = _without(arrays, closed)
        without = by_order(open_, best_surplus(open_, prices, purse=True))
    rows = []
    for at, order in enumerate(arrays.orders):
        if order.order in executing:
            continue
        reason = "PARENT"
        if order.parent is None or order.parent in executing:
            reason = _reason(arrays, at, lost, without, best)
        lost_micros = max(0, int(lost[at]))
        row = {"order": order.order, "reason": reason, "lost_surplus_micros": lost_micros}
        rows.append(row)
    return rows


def _without(arrays: Arrays, closed: Array) -> Arrays:
    """Return the arrays as if closed offers were not there."""
    parts, grounds = arrays.parts, arrays.grounds
    table = fits(parts, grounds, arrays.lengths, arrays.ceilings, closed)
    supply = supply_of(arrays.spread, grounds, closed)
    return arrays._replace(supply=supply, places=arrays.places._replace(fit=table))


def _reason(arrays: Arrays, order: int, lost: Array, without: Array, best: Array) -> str:
    if lost[order] < 0:
        return "NO_PLACE"
    if without[order] < 0:
        return "BLOCK_OFFER"
    if lost[order] == 0:
        return "PRICE"
    bids = arrays.bids
    mine = slice(bids.order_ptr[order], bids.order_ptr[order + 1])
    bid = bids.order_ptr[order] + int(np.argmax(best[mine, 0]))
    if bids.kind[bid] != DIVISIBLE:
        return "ALL_OR_NOTHING"
    return "MIN_FILL" if bids.need[bid] else "CAPACITY"
