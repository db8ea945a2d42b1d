"""What a splittable order takes: lots of several listings that share their start."""

from collections.abc import Iterator
from heapq import heapify, heappop, heapreplace
from itertools import chain
from math import lcm

from exchange.book.picking import Fill, Picked, Terms, Way, starts_of, ways_of
from exchange.book.rows import Listing, Order
from exchange.book.state import State
from exchange.price import DEVICES, SCALE


class Start:
    """What the order would get at one start."""

    __slots__ = ("amount", "fills", "hour", "met", "purse", "spent")

    def __init__(self, hour: int, order: Order) -> None:
        self.hour = hour
        self.amount = order.amount - order.filled
        self.purse = order.purse
        self.spent = 0
        self.fills: list[Fill] = []
        self.met = False


def pick_lots(state: State, order: Order, *, collared: bool, blind: bool) -> Picked:
    """Of all starts, take the one that fills most, then costs least, then comes first."""
    first, last = starts_of(state, order)
    ways = ways_of(state, order, first, last, collared=collared)
    if not ways or last - first < order.hours:
        return [], False
    owner = None if blind else order.seat.owner
    if last - first == order.hours:
        best: Start | None = _at_one_start(order, ways, first, owner)
    else:
        best = _at_best_start(order, ways, first, last, owner)
    if best is None:
        return [], False
    if order.tif == "FOK" and best.amount:
        return [], best.met
    return best.fills, best.met


def _at_one_start(order: Order, ways: list[Way], hour: int, owner: str | None) -> Start:
    start = Start(hour, order)
    until = hour + order.hours
    for listing, terms, _ in in_price_order(order, ways):
        if listing.first <= hour and until <= listing.end and _fits(order, listing):
            _add_lot(order, start, listing, terms, owner)
            if not start.amount or start.met:
                break
    return start


def _fits(order: Order, listing: Listing) -> bool:
    if order.hours < listing.min_hours or not listing.most:
        return False
    fits = order.demand.known.get(listing.kind)
    return order.demand.judge(listing.kind) if fits is None else fits


def _add_lot(order: Order, start: Start, listing: Listing, terms: Terms, owner: str | None) -> None:
    free = listing.level
    if listing.free is not None:
        at = start.hour - listing.first
        free = min(listing.free[at : at + order.hours])
    devices = lot_of(order, listing, terms, free, start)
    if not devices:
        return
    if listing.seat.owner == owner:
        start.met = True
        return
    credited = min(devices * terms.rated, start.amount)
    value = listing.ask * devices * order.hours
    start.fills.append((listing, devices, start.hour, credited))
    start.amount -= credited
    start.purse -= value
    start.spent += value


def lot_of(order: Order, listing: Listing, terms: Terms, free: int, start: Start) -> int:
    """Return the devices of one lot, or 0; one step fewer where overshoot breaks the limit."""
    step, rated, ask, hours = terms.step, terms.rated, listing.ask, order.hours
    amount = start.amount
    most = min(free // step, -(-amount // (rated * step)), start.purse // (ask * hours) // step)
    most *= step
    least = max(1, order.least, listing.min_devices)
    scale = SCALE[order.unit]
    for devices in (most, most - step):
        if devices < least:
            return 0
        credited = min(devices * rated, amount)
        if ask * devices * scale <= order.limit * credited:
            return devices
    return 0


def _at_best_start(
    order: Order, ways: list[Way], first: int, last: int, owner: str | None
) -> Start | None:
    """Go through the listings once, by price, until no start can still become better."""
    hours = order.hours
    touched: dict[int, Start] = {}
    live = {hour: Start(hour, order) for hour in range(first, last - hours + 1)}
    full: Start | None = None
    price = (-1, 1)
    for listing, terms, weight in in_price_order(order, ways):
        if full is not None and listing.ask * weight > price[0]:
            price = (listing.ask * weight, terms.rated * weight)
            live = {h: s for h, s in live.items() if not _beaten(s, full, hours, price)}
        if not live:
            break
        if not _fits(order, listing):
            continue
        hour, until = max(first, listing.first), min(last, listing.end) - hours
        for start in [live[at] for at in range(hour, until + 1) if at in live]:
            _add_lot(order, start, listing, terms, owner)
            if start.fills or start.met:
                touched[start.hour] = start
            if start.met or not start.amount:
                del live[start.hour]
        full = min((s for s in touched.values() if not s.amount), key=_rank, default=None)
    return min(touched.values(), key=_rank, default=None)


def _rank(start: Start) -> tuple[int, int, int]:
    return start.amount, start.spent, start.hour


def _beaten(start: Start, full: Start, hours: int, price: tuple[int, int]) -> bool:
    """Tell whether a start cannot become better than one that is full, at prices from here on."""
    least = start.spent * price[1] + start.amount * hours * price[0]
    best = full.spent * price[1]
    return least > best or (least == best and start.hour > full.hour)


def in_price_order(order: Order, ways: list[Way]) -> Iterator[tuple[Listing, Terms, int]]:
    """Yield the listings of all shelves by their price per unit, then arrival."""
    weights = {id(way[2]): 1 for way in ways}
    if order.unit != DEVICES:
        common = lcm(*(way[2].rated for way in ways))
        weights = {id(way[2]): common // way[2].rated for way in ways}
    if len(ways) == 1:
        _, shelf, terms = ways[0]
        most, weight = terms.most, weights[id(terms)]
        for listing in chain.from_iterable(shelf.rows):
            if listing.ask > most:
                return
            yield listing, terms, weight
        return
    heads = []
    for _, shelf, terms in ways:
        rows = chain.from_iterable(shelf.rows)
        listing = next(rows)
        weight = weights[id(terms)]
        heads.append((listing.ask * weight, listing.arrival, listing, rows, terms, weight))
    heapify(heads)
    while heads:
        _, _, listing, rows, terms, weight = heads[0]
        yield listing, terms, weight
        following = next(rows, None)
        if following is None or following.ask > terms.most:
            heappop(heads)
        else:
            head = (following.ask * weight, following.arrival, following, rows, terms, weight)
            heapreplace(heads, head)
