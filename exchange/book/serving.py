"""Listings that may serve an order, by price per unit, whichever shelf they stand on."""

from math import lcm

from exchange.book.rows import Order
from exchange.book.ways import Way
from exchange.price import DEVICES


class Serving:
    """The shelves that may serve an order in [first, last), the cheapest first."""

    __slots__ = ("first", "last", "order", "ways")

    def __init__(self, order: Order, ways: list[Way], first: int, last: int) -> None:
        self.order = order
        self.first = first
        self.last = last
        if len(ways) > 1:
            if order.unit != DEVICES:
                _weigh(ways)
            for end in range(1, len(ways)):
                _raise(ways, end)
        self.ways = ways

    def next(self) -> Way | None:
        """Go to the next listing by price per unit, then arrival; None: there is none."""
        ways = self.ways
        while ways:
            way = ways[0]
            if way.settled:
                way.settled = False
                return way
            if not way.settle(self.order, self.first, self.last):
                del ways[0]
            elif len(ways) > 1:
                _sink(ways)
        return None


def _weigh(ways: list[Way]) -> None:
    """Make asks for devices of different compute comparable, in whole numbers."""
    common = lcm(*[way.rated for way in ways])
    for way in ways:
        way.weigh(common // way.rated)


def _raise(ways: list[Way], at: int) -> None:
    """Let a shelf stand before those that it is cheaper than, of the ones before it."""
    way = ways[at]
    while at and way.before(ways[at - 1]):
        ways[at] = ways[at - 1]
        at -= 1
    ways[at] = way


def _sink(ways: list[Way]) -> None:
    """Let the first shelf stand behind those that are cheaper by now."""
    way, at = ways[0], 1
    while at < len(ways) and ways[at].before(way):
        ways[at - 1] = ways[at]
        at += 1
    ways[at - 1] = way
