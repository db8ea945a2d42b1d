"""Ruin and recreate: orders give way to one that wants in, and are placed again where room is."""

import numpy as np
from numba import njit

from exchange.clearing.kernels import KEPT, loop
from exchange.clearing.kernels.market import Market, draw
from exchange.clearing.kernels.pieces import NONE
from exchange.clearing.kernels.placing import place_way
from exchange.clearing.kernels.ruining import (
    MOST_EVICTED,
    MOST_TRIED,
    RARELY,
    Room,
    emptied,
    remove,
    restore,
)
from exchange.clearing.kernels.shapes import Array

AGAIN = 6  # draws for an order without a place
RIVALS = 6  # bids of which a step begins with one


@loop
def place_order(
    order: int, parent: Array, ways: Array, price: Array, blink: int, market: Market
) -> int:
    """Place the first alternative that finds room; return the gain."""
    board, above = market.board, parent[order]
    if board.way[order] != NONE or (above != NONE and board.way[above] == NONE):
        return 0
    for turn in range(ways.shape[1]):
        way = ways[order, turn]
        if way == NONE:
            break
        gain = place_way(order, way, price, blink, market)
        if gain > 0:
            if above != NONE:
                board.children[above] += 1
            return gain
    return 0


@loop
def place_in_turn(turn: Array, parent: Array, ways: Array, price: Array, market: Market) -> int:
    """Place orders one after the other; return what welfare gains."""
    gain = 0
    for at in range(len(turn)):
        gain += place_order(turn[at], parent, ways, price, 0, market)
    return gain


@loop
def _shuffle(chosen: Array, found: int, rank: Array, key: Array, market: Market) -> None:
    """Put the best first, with some noise."""
    for at in range(found):
        order, to = chosen[at], at
        mine = rank[order] * (700 + draw(market.chance, 600))
        while to > 0 and key[to - 1] < mine:
            chosen[to], key[to] = chosen[to - 1], key[to - 1]
            to -= 1
        chosen[to], key[to] = order, mine


@loop
def _drop_new(chosen: Array, found: int, parent: Array, market: Market) -> None:
    for at in range(found - 1, -1, -1):
        if market.board.way[chosen[at]] != NONE:
            remove(chosen[at], parent, market)


@loop
def _missing(bid: int, surplus: Array, price: Array, market: Market) -> int:
    """Return what a bid's order could gain more at the prices; NONE where it may not be moved."""
    bids, board = market.bids, market.board
    order = bids.order[bid]
    if not market.count[bid] or board.children[order]:
        return NONE
    if board.way[order] == NONE:
        return surplus[order]
    if market.heavy[order] and draw(market.chance, RARELY):
        return NONE
    gained = 0
    for other in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        gained += board.gain[other]
        piece = board.first[other]
        while piece != NONE:
            gained -= board.devices[piece] * price[board.cell[piece]]
            piece = board.follow[piece]
    return max(surplus[order] - gained, 0)


@loop
def _drawn(surplus: Array, price: Array, market: Market) -> int:
    """Return a bid that a step begins with: of a few by chance the one that misses most; or NONE.

    One step in four it is rather one of an order without a place, whatever that misses.
    """
    bids, board = market.bids, market.board
    if draw(market.chance, 4) == 0:
        for _ in range(AGAIN):
            bid = draw(market.chance, len(bids.kind))
            if market.count[bid] and board.way[bids.order[bid]] == NONE:
                return bid
    best, most = NONE, NONE
    for _ in range(RIVALS):
        bid = draw(market.chance, len(bids.kind))
        missing = _missing(bid, surplus, price, market)
        if missing > most:
            best, most = bid, missing
    return best


@loop
def _step(
    allowed: float,
    parent: Array,
    ways: Array,
    rank: Array,
    price: Array,
    surplus: Array,
    true: Array,
    room: Room,
    market: Market,
) -> int:
    """Let some orders give way to one and to others nearby; return what welfare gains."""
    bid, chosen, gain = _drawn(surplus, true, market), room.chosen, 0
    if bid == NONE:
        return 0
    lost, aimed = emptied(bid, rank, parent, room, market)
    if aimed:
        # The order for which exactly so much room was made comes first.
        gain += place_order(market.bids.order[bid], parent, ways, price, 0, market)
    found = room.count[1]
    _shuffle(chosen, found, rank, room.key, market)
    for at in range(found):
        gain += place_order(chosen[at], parent, ways, price, 20, market)
    if gain - lost >= -allowed * draw(market.chance, 1000) / 1000:
        return gain - lost
    _drop_new(chosen, found, parent, market)
    restore(room.saved, room.count[0], parent, market)
    return 0


@njit(cache=KEPT)
def search(
    begin: int,
    end: int,
    steps: int,
    heat: float,
    parent: Array,
    ways: Array,
    rank: Array,
    price: Array,
    surplus: Array,
    true: Array,
    market: Market,
) -> int:
    """Try steps from `begin` to `end` of all; keep each that loses less than heat and chance allow.

    Heat falls with the steps. Returns what welfare gains.
    """
    total, most = 0, MOST_EVICTED + MOST_TRIED
    saved, count = np.empty((131072, 5), np.int64), np.zeros(2, np.int64)
    room = Room(np.empty(most, np.int64), np.empty(most, np.float64), saved, count)
    for step in range(begin, end):
        allowed = heat * (steps - step) / steps
        total += _step(allowed, parent, ways, rank, price, surplus, true, room, market)
    return total
