"""A divisible bid takes whole devices of the cheapest cells, and not one too many."""

from exchange.clearing.kernels import inner, loop
from exchange.clearing.kernels.market import Market, draw
from exchange.clearing.kernels.pieces import NONE, ask_of, cost_between, put, reduce, take_bid
from exchange.clearing.kernels.shapes import Array

NO_PURSE = 1 << 60
MOST_SEARCHED = 400  # cells of a part that a search looks at


@inner
def _whole(amount: int, rate: int, step: int, limit: int, scale: int, price: int) -> int:
    """Return the devices for an amount: the last one only where what is left is worth it."""
    devices = amount // (rate * step) * step
    rest = amount - devices * rate
    if rest > 0 and limit * rest // scale >= price * step:
        devices += step
    return devices


@loop
def _affordable(bid: int, cell: int, devices: int, step: int, market: Market) -> int:
    """Return how many of the devices the order's budget pays, were asks the prices."""
    bids, board, supply = market.bids, market.board, market.supply
    order = bids.order[bid]
    left = bids.purse[order]
    for other in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        piece = board.first[other]
        while piece != NONE:
            there = board.cell[piece]
            left -= board.devices[piece] * ask_of(there, board.load[there], supply)
            piece = board.follow[piece]
    while devices > 0 and devices * ask_of(cell, board.load[cell] + devices, supply) > left:
        most = left // max(ask_of(cell, board.load[cell] + devices, supply), 1)
        devices = max(min(most, devices - step) // step * step, 0)
    return devices


@inner
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
    if bids.purse[bids.order[bid]] < NO_PURSE:
        devices = _affordable(bid, cell, devices, step, market)
    if devices <= 0:
        return 0
    got = min(devices * rate, wanted)
    load = board.load[cell]
    cost = cost_between(cell, load, load + devices, supply)
    if bids.limit[bid] * got // bids.scale[bid] < cost:
        return 0
    put(board, supply, bid, cell, devices)
    market.hour[hour] += got
    return got


@loop
def _deliver(begin: int, end: int, market: Market) -> int:
    """Fill by hour what the parts of a divisible bid have; return their amount together."""
    bids, board, hours, amount = market.bids, market.board, market.supply.hours, 0
    for hour in range(bids.first[begin], bids.last[begin]):
        market.over[hour] = 0
    for bid in range(begin, end):
        amount += bids.amount[bid]
        piece = board.first[bid]
        while piece != NONE:
            node, hour = board.cell[piece] // hours, board.cell[piece] % hours
            market.over[hour] += board.devices[piece] * rate_of(bid, node, market)
            piece = board.follow[piece]
    return amount


@loop
def _trim(begin: int, end: int, market: Market) -> None:
    """Give back devices without which each hour, and the whole, would still have its amount."""
    bids, board, hours, over = market.bids, market.board, market.supply.hours, market.over
    amount = _deliver(begin, end, market)
    spare = -amount * bids.hours[begin]
    for hour in range(bids.first[begin], bids.last[begin]):
        over[hour] -= amount
        spare += amount + min(over[hour], 0)
    for bid in range(end - 1, begin - 1, -1):
        piece = board.first[bid]
        while piece != NONE:
            node, hour = board.cell[piece] // hours, board.cell[piece] % hours
            step = market.places.step[node] if bids.whole[bid] else 1
            lot = step * rate_of(bid, node, market)
            while board.devices[piece] > 0 and max(over[hour], 0) + max(spare, 0) >= lot:
                spare -= max(lot - max(over[hour], 0), 0)
                over[hour] -= lot
                reduce(board, piece, step)
            piece = board.follow[piece]


@loop
def _credit(begin: int, end: int, market: Market) -> bool:
    """Credit a curve's parts, the highest limit first, whichever of them brought the devices.

    Where a part gets something below its fill, or brought what another is credited, the last
    part on the board is taken away. Returns whether one was: then they are to be credited anew.
    """
    bids, board = market.bids, market.board
    _deliver(begin, end, market)
    value, first, last, wrong = 0, NONE, NONE, False
    for bid in range(begin, end):
        most, got = bids.amount[bid] * bids.hours[bid], 0
        for hour in range(bids.first[bid], bids.last[bid]):
            part = min(market.over[hour], bids.amount[bid], most - got)
            got += part
            market.over[hour] -= part
        value += bids.limit[bid] * got // bids.scale[bid]
        wrong = wrong or 0 < got < bids.need[bid]
        if board.first[bid] != NONE:
            first, last = bid if first == NONE else first, bid
            wrong = wrong or got == 0
            board.gain[bid] = 0
    if wrong:
        take_bid(board, market.supply, last)
    elif first != NONE:
        # The curve's value stands with one of its parts: they come and go together.
        board.gain[first] = value
    return wrong


@loop
def settle(begin: int, end: int, market: Market) -> int:
    """Trim and credit the parts of a curve together; return what welfare gains by them."""
    _trim(begin, end, market)
    while _credit(begin, end, market):
        _trim(begin, end, market)
    gain = 0
    for bid in range(begin, end):
        gain += market.board.gain[bid] - _cost_now(bid, market)
    return gain


@inner
def rate_of(bid: int, node: int, market: Market) -> int:
    """Return what a device counts for: one, or GFLOPS."""
    return market.places.rate[market.bids.work[bid], node] if market.bids.scale[bid] > 1 else 1


@loop
def place_divisible(bid: int, price: Array, blink: int, market: Market) -> int:
    """Place a divisible part, cheapest cells first; return what welfare gains."""
    bids, board = market.bids, market.board
    left, cells = bids.amount[bid] * bids.hours[bid], market.cells
    for hour in range(bids.first[bid], bids.last[bid]):
        market.hour[hour] = 0
    # A search looks at the cheapest cells alone, and at those that it passed over once more.
    count = min(market.count[bid], MOST_SEARCHED) if blink else market.count[bid]
    for turn in range(2 if blink else 1):
        for at in range(market.ptr[bid], market.ptr[bid] + count):
            if left <= 0 or board.follow[board.free[0]] == NONE:
                break
            full = board.load[cells[at]] >= board.usable[cells[at]]
            if not full and (turn or blink == 0 or draw(market.chance, 1000) >= blink):
                left -= _piece(bid, cells[at], left, price, market)
    _trim(bid, bid + 1, market)
    got = bids.amount[bid] * bids.hours[bid] - left
    board.gain[bid] = bids.limit[bid] * got // bids.scale[bid]
    gain = board.gain[bid] - _cost_now(bid, market)
    if got < bids.need[bid] or gain <= 0:
        take_bid(board, market.supply, bid)
        return 0
    return gain


@inner
def _cost_now(bid: int, market: Market) -> int:
    """Return what taking a placed bid away would save."""
    board, supply, cost = market.board, market.supply, 0
    piece = board.first[bid]
    while piece != NONE:
        load, cell = board.load[board.cell[piece]], board.cell[piece]
        cost += cost_between(cell, load - board.devices[piece], load, supply)
        piece = board.follow[piece]
    return cost
