"""What an arriving order takes of the listings on the shelves: the result of `match_order`.

A fill is a tuple (listing, devices, start, credited); its price is the listing's ask.
"""

from operator import itemgetter
from typing import NamedTuple

from exchange.book.rows import Listing, Order
from exchange.book.shelves import Shelf
from exchange.book.state import State
from exchange.book.stock import Aisle
from exchange.price import DEVICES, SCALE

Fill = tuple[Listing, int, int, int]
Picked = tuple[list[Fill], bool]
NOTHING: Picked = ([], False)


class Terms(NamedTuple):
    """What holds for one aisle: the highest ask, units per device, step, weight of its asks."""

    most: int
    rated: int
    step: int
    devices: int  # for the whole amount
    weight: int


def starts_of(state: State, order: Order) -> tuple[int, int]:
    """Return the first hour and the end of the hours in which the order may still trade."""
    first = order.first if order.first > state.first_open else state.first_open
    if order.fixed is None:
        return first, order.last
    if first <= order.fixed <= order.last - order.hours:
        return order.fixed, order.fixed + order.hours
    return 0, 0


def terms_of(order: Order, aisle: Aisle, *, collared: bool) -> Terms | None:
    """Return the order's terms in an aisle; None where it may not buy."""
    chip = aisle.chip
    if chip.halt is not None:
        return None
    demand = order.demand
    rated = 1 if order.unit == DEVICES else aisle.rated(demand.workload)
    if not rated:
        return None
    step = aisle.node if demand.whole_nodes else 1
    amount = order.amount - order.filled
    devices = -(-amount // (rated * step)) * step
    scale = SCALE[order.unit]
    if order.splittable:
        most = min(order.limit * rated // scale, order.purse // order.hours)
    else:
        most = min(
            order.limit * amount // (scale * devices), order.purse // (devices * order.hours)
        )
    if collared and chip.bound is not None and chip.bound < most:
        most = chip.bound
    return Terms(most, rated, step, devices, devices)


Way = tuple[int, Shelf[Listing], Terms]


def ways_of(state: State, order: Order, first: int, last: int, *, collared: bool) -> list[Way]:
    """Return the shelves that may serve the order, by what the cheapest there would cost."""
    ways: list[Way] = []
    for aisle in state.aisles_for(order.demand):
        terms = terms_of(order, aisle, collared=collared)
        if terms is not None:
            for shelf in aisle.rack.reach(first, last, order.hours):
                ask = shelf.rows[0][0].ask
                if ask <= terms.most:
                    ways.append((ask * terms.weight, shelf, terms))
    if len(ways) > 1:
        ways.sort(key=itemgetter(0))
    return ways


def pick_whole(state: State, order: Order, *, collared: bool, blind: bool) -> Picked:
    """Take one listing for all: the cheapest, then the earliest start, then who came first."""
    first, last = starts_of(state, order)
    hours = order.hours
    best: tuple[int, int, int] | None = None
    chosen: Listing | None = None
    whole = 0
    for floor, shelf, terms in ways_of(state, order, first, last, collared=collared):
        devices = terms.devices
        most = terms.most
        if best is not None:
            if floor * hours > best[0]:
                break
            most = min(most, best[0] // (devices * hours))
        found = _cheapest_on(order, shelf, devices, most, first, last)
        if found is not None:
            listing, start = found
            rank = (listing.ask * devices * hours, start, listing.arrival)
            if best is None or rank < best:
                best, chosen, whole = rank, listing, devices
    if best is None or chosen is None:
        return NOTHING
    if not blind and chosen.seat.owner == order.seat.owner:
        return [], True
    return [(chosen, whole, best[1], order.amount - order.filled)], False


def _cheapest_on(
    order: Order, shelf: Shelf[Listing], devices: int, most: int, first: int, last: int
) -> tuple[Listing, int] | None:
    """Return the cheapest listing of the shelf that serves the whole order, and its start."""
    hours = order.hours
    known = order.demand.known
    best: tuple[Listing, int] | None = None
    for rows in shelf.rows:
        for listing in rows:
            if listing.ask > most:
                return best
            if (
                listing.most < devices
                or devices < listing.min_devices
                or hours < listing.min_hours
                or listing.first + hours > last
                or first + hours > listing.end
            ):
                continue
            fits = known.get(listing.kind)
            if not (order.demand.judge(listing.kind) if fits is None else fits):
                continue
            start = listing.start_for(devices, first, last, hours)
            if start >= 0 and (best is None or start < best[1]):
                best, most = (listing, start), listing.ask
                if start == first:
                    return best
    return best
