"""An order is placed in the first of its places that has room and is worth it."""

from exchange.clearing.kernels import inner, loop
from exchange.clearing.kernels.dividing import place_divisible, settle
from exchange.clearing.kernels.market import Market, draw
from exchange.clearing.kernels.pieces import NONE, cost_between, put, take_bid
from exchange.clearing.kernels.reach import devices_for
from exchange.clearing.kernels.shapes import DIVISIBLE, GANG, Array

MOST_STARTS = 256  # of a block that a search looks at


@inner
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


@inner
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


@loop
def _offer_for(bid: int, node: int, start: int, market: Market) -> int:
    """Return the offer that a gang leaves the least of; -1 where none has room."""
    supply, best, least = market.supply, NONE, 1 << 60
    amount = market.bids.seg_amount[market.bids.seg_ptr[bid]]
    devices = devices_for(amount, bid, node, market.bids, market.places)
    for at in range(supply.free_ptr[node], supply.free_ptr[node + 1]):
        offer = supply.free_offer[at]
        if supply.offer_size[offer] >= devices and market.pue[offer, market.bids.fit[bid]]:
            spare = _spare(offer, start, start + market.bids.hours[bid], node, market)
            if devices <= spare < least:
                best, least = offer, spare
    return best


@inner
def _cost_at(bid: int, node: int, start: int, market: Market) -> int:
    """Return what a block would add to the cost."""
    bids, board, supply = market.bids, market.board, market.supply
    arc = market.places.arc[bids.city[bid], node]
    cost = bids.moved_gb[bid] * market.places.per_gb[arc] if bids.moved_gb[bid] else 0
    for seg in range(bids.seg_ptr[bid], bids.seg_ptr[bid + 1]):
        devices = devices_for(bids.seg_amount[seg], bid, node, bids, market.places)
        at = node * supply.hours + start + bids.seg_off[seg]
        for cell in range(at, at + bids.seg_hours[seg]):
            cost += cost_between(cell, board.load[cell], board.load[cell] + devices, supply)
    if bids.gbps[bid]:
        at = arc * supply.hours + start
        for cell in range(at, at + bids.hours[bid]):
            load = board.load[cell]
            cost += cost_between(cell, load, load + bids.gbps[bid], supply)
    return cost


@inner
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


@loop
def _place_block(bid: int, blink: int, market: Market) -> int:
    """Place a block; return what welfare gains, 0 where it has no place."""
    bids, hours = market.bids, market.supply.hours
    count = min(market.count[bid], MOST_STARTS) if blink else market.count[bid]
    for at in range(market.ptr[bid], market.ptr[bid] + count):
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


@loop
def _take_back(begin: int, end: int, market: Market) -> None:
    for bid in range(begin, end):
        if market.board.first[bid] != NONE:
            take_bid(market.board, market.supply, bid)


@loop
def _place(bid: int, price: Array, blink: int, market: Market) -> int:
    if market.bids.kind[bid] == DIVISIBLE:
        return place_divisible(bid, price, blink, market)
    return _place_block(bid, blink, market) if market.count[bid] else 0


@loop
def place_way(order: int, way: int, price: Array, blink: int, market: Market) -> int:
    """Place one alternative of an order: all its parts that find room; return the gain."""
    bids, gain = market.bids, 0
    begin, end = -1, -1
    for bid in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        if bids.way[bid] != way:
            continue
        begin, end = bid if begin < 0 else begin, bid + 1
        gain += _place(bid, price, blink, market)
    if gain > 0 and end - begin > 1:
        gain = settle(begin, end, market)
        _take_back(begin, end if gain <= 0 else begin, market)
    if gain > 0:
        market.board.way[order] = way
    return max(gain, 0)
