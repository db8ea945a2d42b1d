"""Room is made for a bid: who stands in the way gives way, and is written down to be put back."""

from typing import NamedTuple

from exchange.clearing.kernels import inner, loop
from exchange.clearing.kernels.market import Market, draw
from exchange.clearing.kernels.pieces import NONE, put, take_order
from exchange.clearing.kernels.reach import devices_for
from exchange.clearing.kernels.shapes import DIVISIBLE, Array

MOST_RUINED = 12  # by chance, around a place
MOST_EVICTED = 80  # where exactly they are in the way
MOST_TRIED = 16  # with others that want in
RARELY = 30  # one chance in so many
TRIES = 48  # bids drawn in a step to find some that want more
NEARLY_ALL = 97  # hundredths of what a divisible bid wants


class Room(NamedTuple):
    """Where a step writes down what it takes away."""

    chosen: Array
    key: Array
    saved: Array  # by piece: bid, cell, devices, offer, gain
    count: Array  # two numbers: pieces and orders written down


@loop
def remove(order: int, parent: Array, market: Market) -> int:
    """Take an order off the board; return what welfare loses."""
    if parent[order] != NONE:
        market.board.children[parent[order]] -= 1
    return take_order(market.board, market.supply, order, market.bids)


@inner
def _target(bid: int, market: Market) -> int:
    """Return the cell at which one of a bid's better places begins."""
    at = draw(market.chance, 1 + draw(market.chance, market.count[bid]))
    return market.cells[market.ptr[bid] + at]


@inner
def _end(bid: int, cell: int, market: Market) -> int:
    """Return the end of the cells to look at: a stretch of hours."""
    hours, length = market.supply.hours, market.bids.hours[bid]
    if market.bids.kind[bid] == DIVISIBLE:
        length = min(length, 4)
    return min(cell + length, cell // hours * hours + hours)


@loop
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


@loop
def _weakest(cell: int, order: int, rank: Array, market: Market) -> int:
    """Return an order that stands in the cell and gains little for what it takes; or NONE."""
    board, bids = market.board, market.bids
    found, least, piece = NONE, 1e300, board.head[cell]
    while piece != NONE:
        other = bids.order[board.bid[piece]]
        piece = board.after[piece]
        if other == order or board.children[other]:
            continue
        if market.heavy[other] and draw(market.chance, RARELY):
            continue
        key = rank[other] * (500 + draw(market.chance, 1000))
        if key < least:
            found, least = other, key
    return found


@loop
def _evict(bid: int, begin: int, rank: Array, parent: Array, room: Room, market: Market) -> int:
    """Take away who stands in the way of a block at a place; return what welfare loses.

    They are written down in the room, of which `count` tells how many pieces and orders there are.
    """
    bids, board, lost = market.bids, market.board, 0
    node, order = begin // market.supply.hours, bids.order[bid]
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, market.places)
        first = begin + bids.seg_off[seg]
        for cell in range(first, first + bids.seg_hours[seg]):
            while board.load[cell] + devices > board.usable[cell]:
                other = _weakest(cell, order, rank, market)
                if other == NONE or room.count[1] == MOST_EVICTED:
                    return lost
                kept = _save(other, market, room.saved, room.count[0])
                if kept < 0:
                    return lost
                room.chosen[room.count[1]] = other
                room.count[0], room.count[1] = kept, room.count[1] + 1
                lost += remove(other, parent, market)
    return lost


@inner
def _among(order: int, chosen: Array, found: int) -> bool:
    for at in range(found):
        if chosen[at] == order:
            return True
    return False


@loop
def _save(order: int, market: Market, saved: Array, at: int) -> int:
    """Write down the pieces of an order, so that it can be put back; -1 where they are too many."""
    board = market.board
    for bid in range(market.bids.order_ptr[order], market.bids.order_ptr[order + 1]):
        piece = board.first[bid]
        while piece != NONE:
            if at == len(saved):
                return -1
            saved[at, 0], saved[at, 1] = bid, board.cell[piece]
            saved[at, 2], saved[at, 3] = board.devices[piece], board.offer[bid]
            saved[at, 4] = board.gain[bid]
            at += 1
            piece = board.follow[piece]
    return at


@loop
def restore(saved: Array, count: int, parent: Array, market: Market) -> None:
    """Put back the pieces that were written down."""
    board, bids = market.board, market.bids
    for at in range(count):
        bid = saved[at, 0]
        order = bids.order[bid]
        if board.way[order] == NONE and parent[order] != NONE:
            board.children[parent[order]] += 1
        board.way[order], board.offer[bid] = bids.way[bid], saved[at, 3]
        board.gain[bid] = saved[at, 4]
        put(board, market.supply, bid, saved[at, 1], saved[at, 2])


@loop
def _serves(bid: int, node: int, market: Market) -> bool:
    """Tell whether a bid may use a node: the nodes of a set are in order."""
    places, mask = market.places, market.bids.mask[bid]
    low, high = places.mask_ptr[mask], places.mask_ptr[mask + 1]
    while low < high:
        middle = (low + high) // 2
        if places.mask_node[middle] < node:
            low = middle + 1
        else:
            high = middle
    return low < places.mask_ptr[mask + 1] and places.mask_node[low] == node


@inner
def _wants(bid: int, market: Market) -> bool:
    """Tell whether a bid has no place, or is divisible and has not all that it wants."""
    bids, board = market.bids, market.board
    order = bids.order[bid]
    if board.way[order] == NONE:
        return market.count[bid] > 0
    if bids.kind[bid] != DIVISIBLE or board.children[order] or market.heavy[order]:
        return False
    return board.gain[bid] * 100 < bids.value[bid] * NEARLY_ALL


@loop
def _wanting_near(
    begin: int, end: int, tries: int, market: Market, chosen: Array, found: int
) -> int:
    """Add orders that want more, may use the node, and whose window meets the hours."""
    bids, hours = market.bids, market.supply.hours
    first, last, node = begin % hours, (end - 1) % hours + 1, begin // hours
    for _ in range(tries):
        if found >= MOST_TRIED:
            break
        bid = draw(market.chance, len(bids.kind))
        meets = bids.first[bid] < last and bids.last[bid] > first
        if not (meets and _wants(bid, market) and _serves(bid, node, market)):
            continue
        if not _among(bids.order[bid], chosen, found):
            chosen[found] = bids.order[bid]
            found += 1
    return found


@loop
def _removed(found: int, parent: Array, room: Room, market: Market) -> int:
    """Take the chosen away and write them down; return what welfare loses.

    What has too many pieces to be put back is no longer chosen.
    """
    chosen, lost = room.chosen, 0
    room.count[0], room.count[1] = 0, 0
    for at in range(found):
        order = chosen[at]
        if market.board.way[order] != NONE:
            kept = _save(order, market, room.saved, room.count[0])
            if kept < 0:
                continue
            room.count[0] = kept
            lost += remove(order, parent, market)
        chosen[room.count[1]] = order
        room.count[1] += 1
    return lost


@loop
def emptied(bid: int, rank: Array, parent: Array, room: Room, market: Market) -> tuple[int, int]:
    """Make room for a bid, by chance around a place or just enough; return the loss, and which."""
    chosen, begin = room.chosen, _target(bid, market)
    end, exact = _end(bid, begin, market), draw(market.chance, 2)
    chosen[0] = market.bids.order[bid]
    if exact and market.bids.kind[bid] != DIVISIBLE:
        lost = _removed(1, parent, room, market)
        return lost + _evict(bid, begin, rank, parent, room, market), 1
    found = _ruin(begin, end, 20 + draw(market.chance, 60), market, chosen, 1)
    found = _wanting_near(begin, end, TRIES, market, chosen, found)
    return _removed(found, parent, room, market), 0
