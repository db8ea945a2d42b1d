"""Listings that may serve an order, by price per unit: shelf by shelf, and merged."""

from collections.abc import Iterator
from functools import partial
from heapq import heapify, heappop, heapreplace
from itertools import islice
from math import lcm

from exchange.book.bays import Bay
from exchange.book.picking import Terms, Way
from exchange.book.rows import Listing, Order
from exchange.book.stock import MOST_PASSED
from exchange.price import DEVICES


def in_price_order(
    order: Order, ways: list[Way], first: int, last: int
) -> Iterator[tuple[Listing, Terms, int]]:
    """Yield the listings that may serve in [first, last) by price per unit, then arrival.

    With each its terms, and what its ask is multiplied by to be compared with others.
    """
    serving = serving_at if last - first == order.hours else partial(_serving, last=last)
    common = 1
    if order.unit != DEVICES:
        common = lcm(*(terms[1] for _, _, terms in ways))
    if len(ways) == 1:
        _, bay, terms = ways[0]
        weight = common // terms[1]
        for listing in _serving(order, bay, terms[0], first, last=last):
            yield listing, terms, weight
        return
    heads = []
    for _, bay, terms in ways:
        rows = serving(order, bay, terms[0], first)
        head = next(rows, None)
        if head is not None:
            weight = common // terms[1]
            heads.append((head.ask * weight, head.arrival, head, rows, terms, weight))
    heapify(heads)
    while heads:
        _, _, listing, rows, terms, weight = heads[0]
        yield listing, terms, weight
        head = next(rows, None)
        if head is None:
            heappop(heads)
        else:
            heapreplace(heads, (head.ask * weight, head.arrival, head, rows, terms, weight))


def _serving(
    order: Order, bay: Bay[Listing], most: int, first: int, *, last: int
) -> Iterator[Listing]:
    """Yield what stands on the shelf up to an ask, is what is required, and long enough."""
    hours = order.hours
    latest, until = last - hours, first + hours
    known = order.demand.known
    judge = order.demand.judge
    shelf, since = bay
    passed = 0
    for count, firsts, lasts, rows in shelf.blocks_up_to(most):
        for at, begin in enumerate(islice(firsts, count)):
            if since <= begin <= latest and lasts[at] >= until:
                listing = rows[at]
                fits = known.get(listing.kind)
                if fits or (fits is None and judge(listing.kind)):
                    if hours >= listing.min_hours:
                        yield listing
                    continue
                passed += 1
                if passed == MOST_PASSED:
                    listing.aisle.crowded = not listing.aisle.split


def serving_at(order: Order, bay: Bay[Listing], most: int, hour: int) -> Iterator[Listing]:
    """Yield the same for one start, without those that have nothing free in its first hour."""
    hours = order.hours
    until = hour + hours
    known = order.demand.known
    judge = order.demand.judge
    passed = 0
    for count, firsts, lasts, rows in bay[0].blocks_up_to(most):
        for at, first in enumerate(islice(firsts, count)):
            if first > hour or lasts[at] < until:
                continue
            listing = rows[at]
            free = listing.free
            if (free is None or free[hour - first]) and hours >= listing.min_hours:
                fits = known.get(listing.kind)
                if fits or (fits is None and judge(listing.kind)):
                    yield listing
                else:
                    passed += 1
                    if passed == MOST_PASSED:
                        listing.aisle.crowded = not listing.aisle.split
