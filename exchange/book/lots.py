"""What a splittable order takes: lots of several listings that share their start."""

from collections.abc import Iterator

from exchange.book.picking import Fill, Picked, starts_of, ways_of
from exchange.book.rows import Listing, Order
from exchange.book.serving import Serving
from exchange.book.state import State
from exchange.book.ways import Way
from exchange.price import SCALE


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
    if best.amount and order.tif == "FOK":
        return [], best.met
    return best.fills, best.met


def _at_one_start(order: Order, ways: list[Way], hour: int, owner: str | None) -> Start:
    start = Start(hour, order)
    serving = Serving(order, ways, hour, hour + order.hours)
    while start.amount and not start.met:
        way = serving.next()
        if way is None:
            break
        _add_lot(order, start, way.listing, way, owner)
    return start


def _add_lot(order: Order, start: Start, listing: Listing, way: Way, owner: str | None) -> None:
    hours = order.hours
    free = listing.least_free(start.hour, hours)
    if not free:
        return
    devices = _lot_of(order, listing, way, free, start)
    if not devices:
        return
    if owner is not None and listing.seat.owner == owner:
        start.met = True
        return
    credited = min(devices * way.rated, start.amount)
    value = listing.ask * devices * hours
    start.fills.append((listing, devices, start.hour, credited))
    start.amount -= credited
    start.purse -= value
    start.spent += value


def _lot_of(order: Order, listing: Listing, way: Way, free: int, start: Start) -> int:
    """Return the devices of one lot, or 0; one step fewer where overshoot breaks the limit."""
    rated, step = way.rated, way.step
    ask, amount = listing.ask, start.amount
    per_step = rated * step
    most = -(-amount // per_step)
    if most * step > free:
        most = free // step
    if most * step * ask * order.hours > start.purse:
        most = start.purse // (ask * order.hours) // step
    most *= step
    if most < listing.min_devices or most < order.least:
        return 0
    if most * rated <= amount:  # no overshoot, and the ask is within the limit
        return most
    if ask * most * SCALE[order.unit] <= order.limit * amount:
        return most
    fewer = most - step
    return 0 if fewer < listing.min_devices or fewer < order.least else fewer


def _at_best_start(
    order: Order, ways: list[Way], first: int, last: int, owner: str | None
) -> Start | None:
    """Go through the listings once, by price, until no start can still become better.

    A start is made when the first listing reaches it: a window may be far wider than the book.
    """
    hours = order.hours
    touched: dict[int, Start] = {}
    live: dict[int, Start] = {}
    made: set[int] = set()
    fresh = range(first, last - hours + 1)
    full: Start | None = None
    price = (-1, 1)
    serving = Serving(order, ways, first, last)
    while (way := serving.next()) is not None:
        listing = way.listing
        if full is not None and way.price > price[0]:
            price = (way.price, way.rated * way.weight)
            live = {h: s for h, s in live.items() if not _beaten(s, full, hours, price)}
            fresh = _unbeaten(fresh, order, full, price)
        if not live and len(fresh) <= sum(hour in fresh for hour in made):
            break
        hour, until = max(first, listing.first), min(last, listing.end) - hours
        for start in _reached(range(hour, until + 1), live, fresh, made, order):
            _add_lot(order, start, listing, way, owner)
            if start.fills or start.met:
                touched[start.hour] = start
            if start.met or not start.amount:
                del live[start.hour]
                full = _better(start, full)
    return min(touched.values(), key=_rank, default=None)


def _reached(
    hours: range, live: dict[int, Start], fresh: range, made: set[int], order: Order
) -> Iterator[Start]:
    """Yield the live starts among the hours; make those that no listing has reached before."""
    for hour in hours:
        if hour in fresh and hour not in made:
            made.add(hour)
            live[hour] = Start(hour, order)
        if hour in live:
            yield live[hour]


def _unbeaten(fresh: range, order: Order, full: Start, price: tuple[int, int]) -> range:
    """Return the starts that, with nothing taken yet, may still become better than a full one."""
    as_early, later = (
        _beaten(Start(hour, order), full, order.hours, price) for hour in (full.hour, full.hour + 1)
    )
    if as_early:
        return range(0)
    return range(fresh.start, min(fresh.stop, full.hour + 1)) if later else fresh


def _better(start: Start, full: Start | None) -> Start | None:
    """Return the better of two that have all they want; one that met its own has not."""
    if start.amount or (full is not None and _rank(full) < _rank(start)):
        return full
    return start


def _rank(start: Start) -> tuple[int, int, int]:
    return start.amount, start.spent, start.hour


def _beaten(start: Start, full: Start, hours: int, price: tuple[int, int]) -> bool:
    """Tell whether a start cannot become better than one that is full, at prices from here on."""
    least = start.spent * price[1] + start.amount * hours * price[0]
    best = full.spent * price[1]
    return least > best or (least == best and start.hour > full.hour)
