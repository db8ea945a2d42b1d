"""What an arriving order takes of the listings on the shelves: the result of `match_order`.

A fill is a tuple (listing, devices, start, credited); its price is the listing's ask.
"""

from exchange.book.bays import shown_from
from exchange.book.rows import Listing, Order
from exchange.book.shelves import Shelf
from exchange.book.state import State
from exchange.book.stock import Aisle
from exchange.book.ways import Terms, Way, note_passed
from exchange.price import DEVICES
from exchange.units import GFLOPS_PER_PFLOPS

Fill = tuple[Listing, int, int, int]
Picked = tuple[list[Fill], bool]


def starts_of(state: State, order: Order) -> tuple[int, int]:
    """Return the first hour and the end of the hours in which the order may still trade."""
    if order.fixed is not None:  # its gate has not closed, or it would have ended
        return order.fixed, order.fixed + order.hours
    return order.first if order.first > state.first_open else state.first_open, order.end


def terms_of(order: Order, aisle: Aisle) -> Terms | None:
    """Return the order's terms in an aisle, but for the collar; None where it may not buy."""
    if aisle.chip.halt is not None:
        return None
    demand = order.demand
    hours = order.hours
    amount = order.amount - order.filled
    step = aisle.node if demand.whole_nodes else 1
    if order.unit == DEVICES:
        rated, scale = 1, 1
        devices = amount if step == 1 else -(-amount // step) * step
    else:
        rated, scale = aisle.rated(demand.workload), GFLOPS_PER_PFLOPS
        if not rated:
            return None
        devices = -(-amount // (rated * step)) * step
    if order.splittable:
        most, purse = order.limit * rated // scale, order.purse // hours
    else:
        most = order.limit * amount // (scale * devices)
        purse = order.purse // (devices * hours)
    return (most if most < purse else purse), rated, step, devices


def ways_of(state: State, order: Order, first: int, last: int, *, collared: bool) -> list[Way]:
    """Return the shelves that may serve the order, in no order."""
    ways: list[Way] = []
    shelves: list[Shelf[Listing]]
    demand = order.demand
    hours = order.hours
    known = demand.aisles_of == len(state.aisle_list)
    for aisle in demand.aisles if known else state.aisles_for(demand):
        if aisle.split or aisle.crowded:
            shelves = _chosen(state, order, aisle, first, last)
        else:
            shelves = aisle.bays.reach(first, last - hours, hours)
        terms = terms_of(order, aisle) if shelves else None
        if terms is None:
            continue
        bound = aisle.chip.bound
        if collared and bound is not None and bound < terms[0]:
            terms = (bound, terms[1], terms[2], terms[3])
        for shelf in shelves:
            cheapest = shelf.head().ask
            if cheapest <= terms[0]:
                ways.append(Way(shelf, shown_from(shelf, first), terms))
    return ways


def ranked_ways(state: State, order: Order, first: int, last: int, *, collared: bool) -> list[Way]:
    """Return them by what the cheapest there would cost."""
    ways = ways_of(state, order, first, last, collared=collared)
    if len(ways) > 1:
        ways.sort(key=_floor)
    return ways


def _floor(way: Way) -> int:
    return way.floor


def _chosen(
    state: State, order: Order, aisle: Aisle, first: int, last: int
) -> list[Shelf[Listing]]:
    """Return the shelves of a crowded aisle: of the kinds required, where these are few."""
    if not aisle.split:
        state.split(aisle)
    hours = order.hours
    kinds = order.demand.choose(aisle)
    if len(kinds) ** 2 > len(aisle.kinds):
        return aisle.bays.reach(first, last - hours, hours)
    return [shelf for kind in kinds for shelf in kind.bays.reach(first, last - hours, hours)]


def collar_binds(state: State, order: Order) -> bool:
    """Tell whether the order would pay more somewhere than the collar lets it."""
    for aisle in state.aisles_for(order.demand):
        if aisle.chip.bound is not None:
            terms = terms_of(order, aisle)
            if terms is not None and terms[0] > aisle.chip.bound:
                return True
    return False


def pick_whole(state: State, order: Order, *, collared: bool, blind: bool) -> Picked:
    """Take one listing for all: the cheapest, then the earliest start, then who came first."""
    first, last = starts_of(state, order)
    hours = order.hours
    value, begin, devices = -1, 0, 0
    chosen: Listing | None = None
    for way in ranked_ways(state, order, first, last, collared=collared):
        most = way.most
        if chosen is not None:
            if way.floor * hours > value:
                break
            most = min(most, value // (way.devices * hours))
        listing, start = _cheapest_on(order, way, most, first, last)
        if listing is None:
            continue
        worth = listing.ask * way.devices * hours
        if chosen is None or worth < value or (start, listing.arrival) < (begin, chosen.arrival):
            value, begin, devices, chosen = worth, start, way.devices, listing
    if chosen is None:
        return [], False
    if not blind and chosen.seat.owner == order.seat.owner:
        return [], True
    return [(chosen, devices, begin, order.amount - order.filled)], False


def _cheapest_on(
    order: Order, way: Way, most: int, first: int, last: int
) -> tuple[Listing | None, int]:
    """Return the cheapest listing of the shelf that serves the whole order, and its start."""
    hours, devices, since = order.hours, way.devices, way.since
    latest, until = last - hours, first + hours
    best: Listing | None = None
    earliest = -1
    passed = 0
    for block in way.shelf.blocks:
        for listing in block.rows:
            ask = listing.ask
            if ask > most or (best is not None and ask > best.ask):
                return best, earliest
            begin = listing.first
            if begin < since or begin > latest or listing.end < until or listing.most < devices:
                continue
            start = _start_at(order, listing, devices, first, last)
            if start < 0:
                passed += 1
                note_passed(listing.aisle, passed)
            elif best is None or start < earliest:
                best, earliest = listing, start
                if start == first:
                    return best, earliest
    return best, earliest


def _start_at(order: Order, listing: Listing, devices: int, first: int, last: int) -> int:
    """Return the first hour from which the listing serves the whole order; -1: none."""
    if devices < listing.min_devices or order.hours < listing.min_hours:
        return -1
    if not order.demand.suits(listing.kind) or listing.seat.number in order.barred:
        return -1
    return listing.start_for(devices, first, last, order.hours)
