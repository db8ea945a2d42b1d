"""An order is placed in the first of its places that has room and is worth it."""

from typing import NamedTuple

from numba import njit

from exchange.clearing.kernels.pieces import NONE, Board, cost_of, put, take_bid
from exchange.clearing.kernels.reach import devices_for
from exchange.clearing.kernels.shapes import DIVISIBLE, GANG, Array, Bids, Places, Supply

LOW = (1 << 32) - 1


class Market(NamedTuple):
    """All that a search reads, and the board that it changes."""

    supply: Supply
    bids: Bids
    places: Places
    board: Board
    ptr: Array  # by bid: its columns
    cells: Array
    count: Array
    ceiling: Array  # by cell: the highest ask that may be used
    pue: Array  # by offer and fit table: 1 where its ceilings are kept
    chance: Array  # one number: the state of the generator
    hour: Array  # by hour of the book: what a divisible part has there, while it is placed
    heavy: Array  # by order: it stands in so many cells that it is moved rarely


@njit(cache=True)
def draw(chance: Array, below: int) -> int:
    """Return a whole number below a bound: xorshift on 32 bits."""
    state = chance[0]
    state ^= (state << 13) & LOW
    state ^= state >> 17
    state ^= (state << 5) & LOW
    chance[0] = state
    return (state * below) >> 32


@njit(cache=True)
def _has_room(bid: int, node: int, start: int, market: Market) -> bool:
    bids, board, hours = market.bids, market.board, market.supply.hours
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, market.places)
        at = node * hours + start + bids.seg_off[seg]
        for cell in range(at, at + bids.seg_hours[seg]):
            if board.load[cell] + devices > board.usable[cell]:
                return False
    if bids.gbps[bid]:
        at = market.places.arc[bids.city[bid], node] * hours + start
        for cell in range(at, at + bids.hours[bid]):
            if board.load[cell] + bids.gbps[bid] > board.usable[cell]:
                return False
    return True


@njit(cache=True)
def _spare(offer: int, start: int, end: int, node: int, market: Market) -> int:
    """Return the devices of an offer that are free throughout and may be used; -1 if none."""
    supply, held = market.supply, market.board.held
    if supply.offer_first[offer] > start or supply.offer_end[offer] < end:
        return -1
    most = 0
    for hour in range(start, end):
        if supply.offer_ask[offer] > market.ceiling[node * supply.hours + hour]:
            return -1
        most = max(most, held[offer, hour])
    return supply.offer_size[offer] - most


@njit(cache=True)
def _offer_for(bid: int, node: int, start: int, market: Market) -> int:
    """Return the offer that a gang leaves the least of; -1 where none has room."""
    supply, best, least = market.supply, NONE, 1 << 60
    amount = market.bids.seg_amount[market.bids.seg_ptr[bid]]
    devices = devices_for(amount, bid, node, market.bids, market.places)
    for at in range(supply.free_ptr[node], supply.free_ptr[node + 1]):
        offer = supply.free_offer[at]
        if market.pue[offer, market.bids.fit[bid]]:
            spare = _spare(offer, start, start + market.bids.hours[bid], node, market)
            if devices <= spare < least:
                best, least = offer, spare
    return best


@njit(cache=True)
def _cost_at(bid: int, node: int, start: int, market: Market) -> int:
    """Return what a block would add to the cost."""
    bids, board, supply = market.bids, market.board, market.supply
    arc = market.places.arc[bids.city[bid], node]
    cost = bids.moved_gb[bid] * market.places.per_gb[arc] if bids.moved_gb[bid] else 0
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, market.places)
        at = node * supply.hours + start + bids.seg_off[seg]
        for cell in range(at, at + bids.seg_hours[seg]):
            load = board.load[cell]
            cost += cost_of(cell, load + devices, supply) - cost_of(cell, load, supply)
    if bids.gbps[bid]:
        at = arc * supply.hours + start
        for cell in range(at, at + bids.hours[bid]):
            load = board.load[cell]
            cost += cost_of(cell, load + bids.gbps[bid], supply) - cost_of(cell, load, supply)
    return cost


@njit(cache=True)
def put_block(bid: int, node: int, start: int, offer: int, market: Market) -> None:
    """Put a block on the board."""
    bids, board, supply = market.bids, market.board, market.supply
    board.offer[bid] = offer
    arc = market.places.arc[bids.city[bid], node]
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, market.places)
        at = node * supply.hours + start + bids.seg_off[seg]
        for cell in range(at, at + bids.seg_hours[seg]):
            put(board, supply, bid, cell, devices)
    if bids.gbps[bid]:
        at = arc * supply.hours + start
        for cell in range(at, at + bids.hours[bid]):
            put(board, supply, bid, cell, bids.gbps[bid])
    moved = bids.moved_gb[bid] * market.places.per_gb[arc] if bids.moved_gb[bid] else 0
    board.gain[bid] = bids.value[bid] - moved


@njit(cache=True)
def _place_block(bid: int, blink: int, market: Market) -> int:
    """Place a block; return what welfare gains, 0 where it has no place."""
    bids, hours = market.bids, market.supply.hours
    for at in range(market.ptr[bid], market.ptr[bid] + market.count[bid]):
        node, start = market.cells[at] // hours, market.cells[at] % hours
        if not _has_room(bid, node, start, market) or draw(market.chance, 1000) < blink:
            continue
        offer = NONE
        if bids.kind[bid] == GANG:
            offer = _offer_for(bid, node, start, market)
            if offer == NONE:
                continue
        gain = bids.value[bid] - _cost_at(bid, node, start, market)
        if gain > 0:
            put_block(bid, node, start, offer, market)
            return gain
    return 0


@njit(cache=True)
def _whole(amount: int, rate: int, step: int, limit: int, scale: int, price: int) -> int:
    """Return the devices for an amount: the last one only where what is left is worth it."""
    devices = amount // (rate * step) * step
    rest = amount - devices * rate
    if rest > 0 and limit * rest // scale >= price * step:
        devices += step
    return devices


@njit(cache=True)
def _piece(bid: int, cell: int, left: int, price: Array, market: Market) -> int:
    """Put what a divisible part takes of a cell; return the amount credited."""
    bids, board, supply, places = market.bids, market.board, market.supply, market.places
    node, hour = cell // supply.hours, cell % supply.hours
    wanted = min(bids.amount[bid] - market.hour[hour], left)
    room = board.usable[cell] - board.load[cell]
    if wanted <= 0 or room <= 0:
        return 0
    rate = places.rate[bids.work[bid], node] if bids.scale[bid] > 1 else 1
    step = places.step[node] if bids.whole[bid] else 1
    devices = _whole(wanted, rate, step, bids.limit[bid], bids.scale[bid], price[cell])
    devices = min(devices, room // step * step)
    if devices <= 0:
        return 0
    got = min(devices * rate, wanted)
    load = board.load[cell]
    cost = cost_of(cell, load + devices, supply) - cost_of(cell, load, supply)
    if bids.limit[bid] * got // bids.scale[bid] < cost:
        return 0
    put(board, supply, bid, cell, devices)
    market.hour[hour] += got
    return got


@njit(cache=True)
def _place_divisible(bid: int, price: Array, blink: int, market: Market) -> int:
    """Place a divisible part, cheapest cells first; return what welfare gains."""
    bids, board = market.bids, market.board
    left = bids.amount[bid] * bids.hours[bid]
    market.hour[bids.first[bid] : bids.last[bid]] = 0
    for at in range(market.ptr[bid], market.ptr[bid] + market.count[bid]):
        if left <= 0 or board.follow[board.free[0]] == NONE:
            break
        if blink == 0 or draw(market.chance, 1000) >= blink:
            left -= _piece(bid, market.cells[at], left, price, market)
    got = bids.amount[bid] * bids.hours[bid] - left
    board.credited[bid], board.gain[bid] = got, bids.limit[bid] * got // bids.scale[bid]
    gain = board.gain[bid] - _cost_now(bid, market)
    if got < bids.need[bid] or gain <= 0:
        take_bid(board, market.supply, bid)
        return 0
    return gain


@njit(cache=True)
def _cost_now(bid: int, market: Market) -> int:
    """Return what taking a placed bid away would save."""
    board, supply, cost = market.board, market.supply, 0
    piece = board.first[bid]
    while piece != NONE:
        load, cell = board.load[board.cell[piece]], board.cell[piece]
        cost += cost_of(cell, load, supply) - cost_of(cell, load - board.devices[piece], supply)
        piece = board.follow[piece]
    return cost


@njit(cache=True)
def place_way(order: int, way: int, price: Array, blink: int, market: Market) -> int:
    """Place one alternative of an order: all its parts that find room; return the gain."""
    bids, gain = market.bids, 0
    for bid in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        if bids.way[bid] != way:
            continue
        if bids.kind[bid] == DIVISIBLE:
            gain += _place_divisible(bid, price, blink, market)
        elif market.count[bid]:
            gain += _place_block(bid, blink, market)
    if gain > 0:
        market.board.way[order] = way
    return gain
