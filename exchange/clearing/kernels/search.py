"""Ruin and recreate: orders give way to one that wants in, and are placed again where room is."""

import numpy as np
from numba import njit

from exchange.clearing.kernels.market import Market, draw
from exchange.clearing.kernels.pieces import NONE, put, take_order
from exchange.clearing.kernels.placing import place_way
from exchange.clearing.kernels.shapes import DIVISIBLE, Array

MOST_RUINED = 12
MOST_TRIED = 16
RARELY = 30  # one chance in so many


@njit(cache=True)
def place_order(
    order: int, parent: Array, ways: Array, price: Array, blink: int, market: Market
) -> int:
    """Place the first alternative that finds room; return the gain."""
    board, above = market.board, parent[order]
    if board.way[order] != NONE or (above != NONE and board.way[above] == NONE):
        return 0
    for way in ways[order]:
        if way == NONE:
            break
        gain = place_way(order, way, price, blink, market)
        if gain > 0:
            if above != NONE:
                board.children[above] += 1
            return gain
    return 0


@njit(cache=True)
def place_in_turn(turn: Array, parent: Array, ways: Array, price: Array, market: Market) -> int:
    """Place orders one after the other; return what welfare gains."""
    gain = 0
    for order in turn:
        gain += place_order(order, parent, ways, price, 0, market)
    return gain


@njit(cache=True)
def remove(order: int, parent: Array, market: Market) -> int:
    """Take an order off the board; return what welfare loses."""
    if parent[order] != NONE:
        market.board.children[parent[order]] -= 1
    return take_order(market.board, market.supply, order, market.bids)


@njit(cache=True)
def _target(bid: int, market: Market) -> tuple[int, int]:
    """Return the cells to look at for a bid: a stretch of hours in one of its better places."""
    hours = market.supply.hours
    count = market.count[bid]
    at = draw(market.chance, 1 + draw(market.chance, count))
    cell = market.cells[market.ptr[bid] + at]
    length = market.bids.hours[bid]
    if market.bids.kind[bid] == DIVISIBLE:
        length = min(length, 4)
    return cell, min(cell + length, cell // hours * hours + hours)


@njit(cache=True)
def _ruin(begin: int, end: int, spared: int, market: Market, chosen: Array, found: int) -> int:
    """Choose orders that stand in the cells, but for those with children."""
    board, bids = market.board, market.bids
    for cell in range(begin, end):
        piece = board.head[cell]
        while piece != NONE and found < MOST_RUINED:
            order = bids.order[board.bid[piece]]
            piece = board.after[piece]
            if board.children[order] or draw(market.chance, 100) < spared:
                continue
            if market.heavy[order] and draw(market.chance, RARELY):
                continue
            if not _among(order, chosen, found):
                chosen[found] = order
                found += 1
    return found


@njit(cache=True)
def _among(order: int, chosen: Array, found: int) -> bool:
    for at in range(found):
        if chosen[at] == order:
            return True
    return False


@njit(cache=True)
def _save(order: int, market: Market, saved: Array, at: int) -> int:
    """Write down the pieces of an order, so that it can be put back."""
    board = market.board
    for bid in range(market.bids.order_ptr[order], market.bids.order_ptr[order + 1]):
        piece = board.first[bid]
        while piece != NONE:
            saved[at, 0], saved[at, 1] = bid, board.cell[piece]
            saved[at, 2], saved[at, 3] = board.devices[piece], board.offer[bid]
            saved[at, 4] = board.gain[bid]
            at += 1
            piece = board.follow[piece]
    return at


@njit(cache=True)
def _restore(saved: Array, count: int, parent: Array, market: Market) -> None:
    board, bids = market.board, market.bids
    for at in range(count):
        bid = saved[at, 0]
        order = bids.order[bid]
        if board.way[order] == NONE and parent[order] != NONE:
            board.children[parent[order]] += 1
        board.way[order], board.offer[bid] = bids.way[bid], saved[at, 3]
        board.gain[bid] = saved[at, 4]
        put(board, market.supply, bid, saved[at, 1], saved[at, 2])


@njit(cache=True)
def _rejected_near(
    begin: int, end: int, tries: int, market: Market, chosen: Array, found: int
) -> int:
    """Add orders without a place whose window meets the hours."""
    bids, hours = market.bids, market.supply.hours
    first, last = begin % hours, (end - 1) % hours + 1
    for _ in range(tries):
        if found >= MOST_TRIED:
            break
        bid = draw(market.chance, len(bids.kind))
        order = bids.order[bid]
        if market.board.way[order] != NONE or not market.count[bid]:
            continue
        meets = bids.first[bid] < last and bids.last[bid] > first
        if meets and not _among(order, chosen, found):
            chosen[found] = order
            found += 1
    return found


@njit(cache=True)
def _shuffle(chosen: Array, found: int, rank: Array, market: Market) -> None:
    """Put the best first, with some noise."""
    key = np.empty(found, np.float64)
    for at in range(found):
        key[at] = -rank[chosen[at]] * (700 + draw(market.chance, 600))
    order = np.argsort(key, kind="mergesort")
    chosen[:found] = chosen[:found][order]


@njit(cache=True)
def _drop_new(chosen: Array, found: int, parent: Array, market: Market) -> None:
    for at in range(found - 1, -1, -1):
        if market.board.way[chosen[at]] != NONE:
            remove(chosen[at], parent, market)


@njit(cache=True)
def _removed(
    chosen: Array, found: int, parent: Array, market: Market, saved: Array
) -> tuple[int, int]:
    lost, kept = 0, 0
    for at in range(found):
        order = chosen[at]
        if market.board.way[order] != NONE and kept < len(saved) - 32768:
            kept = _save(order, market, saved, kept)
            lost += remove(order, parent, market)
    return lost, kept


@njit(cache=True)
def search(
    begin: int,
    end: int,
    steps: int,
    heat: float,
    parent: Array,
    ways: Array,
    rank: Array,
    price: Array,
    market: Market,
) -> int:
    """Try steps from `begin` to `end` of all; keep each that loses less than heat and chance allow.

    Heat falls with the steps. Returns what welfare gains.
    """
    total = 0
    chosen = np.empty(MOST_TRIED + 2, np.int64)
    saved = np.empty((131072, 5), np.int64)
    bids = market.bids
    for step in range(begin, end):
        bid = draw(market.chance, len(bids.kind))
        order = bids.order[bid]
        if not market.count[bid] or market.board.children[order]:
            continue
        if market.heavy[order] and draw(market.chance, RARELY):
            continue
        chosen[0] = order
        first, last = _target(bid, market)
        found = _ruin(first, last, 20 + draw(market.chance, 60), market, chosen, 1)
        found = _rejected_near(first, last, 24, market, chosen, found)
        lost, kept = _removed(chosen, found, parent, market, saved)
        _shuffle(chosen, found, rank, market)
        gain = 0
        for at in range(found):
            gain += place_order(chosen[at], parent, ways, price, 20, market)
        allowed = heat * (steps - step) / steps * draw(market.chance, 1000) / 1000
        if gain - lost >= -allowed:
            total += gain - lost
        else:
            _drop_new(chosen, found, parent, market)
            _restore(saved, kept, parent, market)
    return total
