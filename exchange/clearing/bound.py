"""The Lagrangian bound: at any prices, nobody could do better than this, all taken together."""

import numpy as np

from exchange.clearing.arrays import Arrays
from exchange.clearing.book import Offer
from exchange.clearing.kernels.reach import best_of_bids, windows
from exchange.clearing.kernels.shapes import Array
from exchange.units import BP


def sums_at(arrays: Arrays, prices: Array) -> Array:
    """Return the running sums of whole prices: by length, row and start."""
    hours = arrays.supply.hours
    sums = np.zeros((len(arrays.lengths), arrays.rows, hours), np.int64)
    windows(prices, hours, arrays.lengths, sums)
    return sums


def best_surplus(arrays: Arrays, prices: Array, *, purse: bool, only: Array | None = None) -> Array:
    """Return by bid the best surplus at the prices (no place: -1), its node and its start.

    With `purse`, what an order cannot pay for counts nothing. With `only`, a flag by bid, the
    others are passed over as if they had no place.
    """
    sums = sums_at(arrays, prices)
    best = np.full((len(arrays.bids.kind), 3), -1, np.int64)
    wanted = np.ones(len(best), np.bool_) if only is None else only
    best_of_bids(arrays.bids, arrays.places, sums, prices, arrays.supply.cap, wanted, best, purse)
    return best


def by_order(arrays: Arrays, best: Array) -> Array:
    """Return each order's best surplus over its alternatives; -1 where none has a place."""
    bids = arrays.bids
    ways = bids.order * (int(bids.way.max(initial=0)) + 1) + bids.way
    starts = np.flatnonzero(np.r_[True, np.diff(ways) != 0]) if len(ways) else ways
    sums = np.add.reduceat(np.maximum(best[:, 0], 0), starts) if len(ways) else ways
    placed = np.maximum.reduceat(best[:, 0], starts) if len(ways) else ways
    result = np.full(len(arrays.orders), -1, np.int64)
    np.maximum.at(result, bids.order[starts], np.where(placed < 0, -1, sums))
    return result


def bound(parts: list[Arrays], prices: Array) -> int:
    """Return D at the prices, exact, of a book whose orders stand in several arrays."""
    return sellers_profit(parts[0], prices) + sum(
        int(np.maximum(by_order(part, best_surplus(part, prices, purse=False)), 0).sum())
        for part in parts
    )


def sellers_profit(arrays: Arrays, prices: Array) -> int:
    """Return the most that sellers and carriers could gain at the prices."""
    parts, hours = arrays.parts, arrays.supply.hours
    chooses = np.array([not offer.all_or_little for offer in parts.offers], bool)
    free = np.r_[chooses, np.ones(len(parts.links), bool)][parts.owner]
    total = 0
    for part in np.flatnonzero(free):
        start = parts.row[part] * hours
        margin = prices[start + parts.first[part] : start + parts.end[part]] - parts.ask[part]
        total += int(np.maximum(margin, 0).sum()) * int(parts.devices[part])
    for number in np.flatnonzero(~chooses):
        total += _block_profit(arrays, int(number), prices)
    return total


def _block_profit(arrays: Arrays, number: int, prices: Array) -> int:
    """Return what a block offer gains at best: its least share sold and its start-up covered."""
    offer = arrays.parts.offers[number]
    margins = sorted(margins_of(arrays, offer, prices), reverse=True)
    whole = sum(devices for _, devices in margins)
    need = -(-whole * offer.min_sold_bp // BP)
    profit, sold = -offer.start_up_micros, 0
    for margin, devices in margins:
        take = devices if margin > 0 else min(devices, max(need - sold, 0))
        profit += margin * take
        sold += take
    return max(0, profit)


def margins_of(arrays: Arrays, offer: Offer, prices: Array) -> list[tuple[int, int]]:
    """Return what a device gains in each hour and step, and how many devices."""
    hours = arrays.supply.hours
    start = arrays.grounds.codes[offer.node] * hours
    return [
        (int(prices[start + hour]) - ask, devices)
        for hour in range(offer.first_hour, offer.end)
        for ask, devices in offer.curve
    ]
