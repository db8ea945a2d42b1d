"""Why orders have no place, and what they lose by it at the published prices."""

from typing import Any

import numpy as np

from exchange.clearing.bound import best_surplus, by_order
from exchange.clearing.kernels.shapes import DIVISIBLE, Array
from exchange.clearing.offers import fits
from exchange.clearing.placing import Floor


def rejections(floor: Floor, prices: Array) -> list[dict[str, Any]]:
    """Return each rejected order with its reason and its lost surplus."""
    arrays = floor.arrays
    best = best_surplus(arrays, prices, purse=True)
    lost = by_order(arrays, best)
    without = lost
    if floor.closed.any():
        without = by_order(_without_closed(floor), best_surplus(
            _without_closed(floor), prices, purse=True))  # fmt: skip
    return [
        {
            "order": arrays.orders[order].order,
            "reason": _reason(floor, int(order), lost, without, best),
            "lost_surplus_micros": max(0, int(lost[order])),
        }
        for order in np.flatnonzero(floor.board.way < 0)
    ]


def _without_closed(floor: Floor) -> Any:
    arrays = floor.arrays
    table = fits(arrays.parts, arrays.grounds, arrays.lengths, arrays.ceilings, floor.closed)
    return arrays._replace(supply=floor.supply, places=arrays.places._replace(fit=table))


def _reason(floor: Floor, order: int, lost: Array, without: Array, best: Array) -> str:
    arrays = floor.arrays
    parent = arrays.parent[order]
    if parent >= 0 and floor.board.way[parent] < 0:
        return "PARENT"
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
