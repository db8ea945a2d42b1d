"""Who stands where: pieces of load in lists by cell and by bid, put and taken in a step each."""

from typing import NamedTuple

import numpy as np

from exchange.clearing.kernels import inner, loop
from exchange.clearing.kernels.shapes import Array, Bids, Supply

NONE = -1


class Board(NamedTuple):
    """What is placed now. Pieces are rows of one pool; free ones form a list of their own."""

    cell: Array  # by piece
    bid: Array
    devices: Array
    after: Array  # next and previous piece in the cell
    before: Array
    follow: Array  # next piece of the bid, or next free one
    head: Array  # by cell
    first: Array  # by bid
    free: Array  # one number: the first free piece
    load: Array  # by cell
    usable: Array  # by cell: how far load may go
    held: Array  # by offer and hour: devices that gangs hold
    offer: Array  # by bid: the offer of a gang
    gain: Array  # by bid: value credited, less what moving data costs
    way: Array  # by order: the alternative in use
    children: Array  # by order: accepted orders that need it


def empty_board(bids: Bids, supply: Supply, offers: int, pieces: int) -> Board:
    """Return a board with nothing on it."""
    cells, count, orders = len(supply.cap), len(bids.kind), len(bids.purse)

    def whole(size: int, value: int = 0) -> Array:
        return np.full(size, value, np.int64)

    def short(size: int, value: int = 0) -> Array:
        # A large book has millions of pieces, which are copied whole and read by chance.
        return np.full(size, value, np.int32)

    follow = np.arange(1, pieces + 1, dtype=np.int32)
    follow[-1] = NONE
    return Board(
        cell=short(pieces),
        bid=short(pieces),
        devices=short(pieces),
        after=short(pieces, NONE),
        before=short(pieces, NONE),
        follow=follow,
        head=whole(cells, NONE),
        first=whole(count, NONE),
        free=whole(1),
        load=whole(cells),
        usable=supply.cap.copy(),
        held=np.zeros((offers, supply.hours), np.int64),
        offer=whole(count, NONE),
        gain=whole(count),
        way=whole(orders, NONE),
        children=whole(orders),
    )


@inner
def cost_between(cell: int, low: int, high: int, supply: Supply) -> int:
    """Return what the devices of a cell beyond `low` and up to `high` cost in merit order."""
    ptr, cum = supply.ptr, supply.cum
    begin, first, last = ptr[cell], ptr[cell], ptr[cell + 1] - 1
    if high <= low or last < begin:
        return 0
    while first < last:
        middle = (first + last) // 2
        if cum[middle] >= high:
            last = middle
        else:
            first = middle + 1
    cost = supply.cost[first] - (cum[first] - high) * supply.ask[first]
    # The step of the lower load is mostly the same or the one before.
    while first > begin and cum[first - 1] >= low:
        first -= 1
    return cost - supply.cost[first] + (cum[first] - low) * supply.ask[first]


@inner
def ask_of(cell: int, load: int, supply: Supply) -> int:
    """Return the ask of the last of the first `load` devices of a cell in merit order."""
    for step in range(supply.ptr[cell], supply.ptr[cell + 1]):
        if supply.cum[step] >= load:
            return supply.ask[step]
    return 0


@inner
def put(board: Board, supply: Supply, bid: int, cell: int, devices: int) -> None:
    """Put a piece."""
    piece = board.free[0]
    board.free[0] = board.follow[piece]
    board.cell[piece], board.bid[piece], board.devices[piece] = cell, bid, devices
    head = board.head[cell]
    board.before[piece], board.after[piece] = NONE, head
    if head != NONE:
        board.before[head] = piece
    board.head[cell] = piece
    board.follow[piece] = board.first[bid]
    board.first[bid] = piece
    board.load[cell] += devices
    if board.offer[bid] != NONE and cell < _node_cells(supply):
        board.held[board.offer[bid], cell % supply.hours] += devices


@inner
def _node_cells(supply: Supply) -> int:
    """Return how many cells are of nodes: arcs come after them."""
    return (len(supply.free_ptr) - 1) * supply.hours


@inner
def _unhook(board: Board, supply: Supply, piece: int) -> int:
    """Take a piece out of its cell; return what is saved."""
    cell, devices = board.cell[piece], board.devices[piece]
    before, after = board.before[piece], board.after[piece]
    if before != NONE:
        board.after[before] = after
    else:
        board.head[cell] = after
    if after != NONE:
        board.before[after] = before
    load = board.load[cell]
    board.load[cell] = load - devices
    offer = board.offer[board.bid[piece]]
    if offer != NONE and cell < _node_cells(supply):
        board.held[offer, cell % supply.hours] -= devices
    return cost_between(cell, load - devices, load, supply)


@inner
def reduce(board: Board, piece: int, devices: int) -> None:
    """Take devices out of a piece of no gang; it may be left with none."""
    board.devices[piece] -= devices
    board.load[board.cell[piece]] -= devices


@loop
def take_bid(board: Board, supply: Supply, bid: int) -> int:
    """Take everything of a bid away; return what welfare loses."""
    saved = 0
    piece = board.first[bid]
    while piece != NONE:
        follow = board.follow[piece]
        saved += _unhook(board, supply, piece)
        board.follow[piece] = board.free[0]
        board.free[0] = piece
        piece = follow
    lost = board.gain[bid] - saved
    board.first[bid], board.offer[bid] = NONE, NONE
    board.gain[bid] = 0
    return lost


@loop
def take_order(board: Board, supply: Supply, order: int, bids: Bids) -> int:
    """Take everything of an order away; return what welfare loses."""
    lost = 0
    for bid in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        if board.first[bid] != NONE:
            lost += take_bid(board, supply, bid)
    board.way[order] = NONE
    return lost
