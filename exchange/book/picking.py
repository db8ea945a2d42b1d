"""What an arriving order takes of the listings on the shelves: the result of `match_order`.

A fill is a tuple (listing, devices, start, credited); its price is the listing's ask.
"""

from operator import itemgetter

from exchange.book.bays import Bay
from exchange.book.rows import Listing, Order
from exchange.book.state import State
from exchange.book.stock import MOST_PASSED, Aisle
from exchange.price import DEVICES
from exchange.units import GFLOPS_PER_PFLOPS

Fill = tuple[Listing, int, int, int]
Picked = tuple[list[Fill], bool]
# What holds for an order in one aisle: the highest ask that it may pay, what a device counts
# for, the step of devices, and how many devices are its whole amount.
Terms = tuple[int, int, int, int]
# What the cheapest of a shelf would cost, the shelf with its first hour, and the terms there.
Way = tuple[int, Bay[Listing], Terms]


def starts_of(state: State, order: Order) -> tuple[int, int]:
    """Return the first hour and the end of the hours in which the order may still trade."""
    if order.fixed is not None:  # its gate has not closed, or it would have ended
        return order.fixed, order.fixed + order.hours
    return order.first if order.first > state.first_open else state.first_open, order.last


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
    """Return the shelves that may serve the order, by what the cheapest there would cost."""
    ways: list[Way] = []
    demand = order.demand
    known = demand.aisles_of == len(state.aisle_list)
    for aisle in demand.aisles if known else state.aisles_for(demand):
        if aisle.split or aisle.crowded:
            bays = _chosen(state, order, aisle, first, last)
        else:
            bays = aisle.bays.reach(first, last - order.hours, order.hours)
        terms = terms_of(order, aisle) if bays else None
        if terms is None:
            continue
        bound = aisle.chip.bound
        if collared and bound is not None and bound < terms[0]:
            terms = (bound, *terms[1:])
        most, _, _, devices = terms
        for bay in bays:
            ask = bay[0].rows[0][0].ask
            if ask <= most:
                ways.append((ask * devices, bay, terms))
    if len(ways) > 1:
        ways.sort(key=itemgetter(0))
    return ways


def _chosen(state: State, order: Order, aisle: Aisle, first: int, last: int) -> list[Bay[Listing]]:
    """Return the shelves of a crowded aisle: of the kinds required, where these are few."""
    if not aisle.split:
        state.split(aisle)
    hours = order.hours
    kinds = order.demand.choose(aisle)
    if len(kinds) ** 2 > len(aisle.kinds):
        return aisle.bays.reach(first, last - hours, hours)
    return [bay for kind in kinds for bay in kind.bays.reach(first, last - hours, hours)]


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
    best: tuple[int, int, int] | None = None
    chosen: tuple[Listing, int] | None = None
    for floor, bay, (most, _, _, devices) in ways_of(state, order, first, last, collared=collared):
        if best is not None:
            if floor * hours > best[0]:
                break
            most = min(most, best[0] // (devices * hours))
        found = _cheapest_on(order, bay, devices, most, first, last)
        if found is not None:
            listing, start = found
            rank = (listing.ask * devices * hours, start, listing.arrival)
            if best is None or rank < best:
                best, chosen = rank, (listing, devices)
    if best is None or chosen is None:
        return [], False
    listing, devices = chosen
    if not blind and listing.seat.owner == order.seat.owner:
        return [], True
    return [(listing, devices, best[1], order.amount - order.filled)], False


def _cheapest_on(
    order: Order, bay: Bay[Listing], devices: int, most: int, first: int, last: int
) -> tuple[Listing, int] | None:
    """Return the cheapest listing of the shelf that serves the whole order, and its start."""
    hours = order.hours
    latest, until = last - hours, first + hours
    shelf, since = bay
    best: tuple[Listing, int] | None = None
    passed = 0
    for begin, end, listing in shelf.up_to(most):
        if not since <= begin <= latest or end < until or listing.most < devices:
            continue
        if best is not None and listing.ask > best[0].ask:
            return best
        start = _start_at(order, listing, devices, first, last)
        if start < 0:
            passed += 1
            if passed == MOST_PASSED:
                listing.aisle.crowded = not listing.aisle.split
        elif best is None or start < best[1]:
            best = listing, start
            if start == first:
                return best
    return best


def _start_at(order: Order, listing: Listing, devices: int, first: int, last: int) -> int:
    """Return the first hour from which the listing serves the whole order; -1: none."""
    if devices < listing.min_devices or order.hours < listing.min_hours:
        return -1
    fits = order.demand.known.get(listing.kind)
    if fits is None:
        fits = order.demand.judge(listing.kind)
    return listing.start_for(devices, first, last, order.hours) if fits else -1
