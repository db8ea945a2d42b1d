"""Listings that may serve an order, by price per unit: shelf by shelf, and merged."""

from math import lcm

from exchange.book.picking import Way, note_passed
from exchange.book.rows import Listing, Order
from exchange.price import DEVICES


class Cursor:
    """Goes along a shelf, from one listing that may serve the order to the next.

    `price` is the ask as it is compared with others: times `weight`.
    """

    __slots__ = (
        "at",
        "block",
        "first",
        "last",
        "listing",
        "order",
        "passed",
        "price",
        "way",
        "weight",
    )

    def __init__(self, order: Order, way: Way, weight: int, first: int, last: int) -> None:
        self.order = order
        self.way = way
        self.weight = weight
        self.first = first
        self.last = last
        self.block = self.at = self.passed = 0
        self.price = 0
        self.listing: Listing

    def advance(self) -> bool:
        """Go to the next listing within the price that is what is required; False: the end."""
        order, way = self.order, self.way
        hours, most, since = order.hours, way.most, way.since
        latest, until = self.last - hours, self.first + hours
        blocks = way.shelf.blocks
        while self.block < len(blocks):
            rows = blocks[self.block].rows
            for at in range(self.at, len(rows)):
                listing = rows[at]
                if listing.ask > most:
                    return False
                begin = listing.first
                if since <= begin <= latest and listing.end >= until and self._serves(listing):
                    self.at = at + 1
                    self.listing = listing
                    self.price = listing.ask * self.weight
                    return True
            self.block += 1
            self.at = 0
        return False

    def _serves(self, listing: Listing) -> bool:
        hours = self.order.hours
        free = listing.free
        one_start = self.last - self.first == hours
        if free is not None and one_start and not free[self.first - listing.first]:
            return False
        demand = self.order.demand
        fits = demand.known.get(listing.kind)
        if fits is None:
            fits = demand.judge(listing.kind)
        if fits:
            return hours >= listing.min_hours
        self.passed += 1
        note_passed(listing.aisle, self.passed)
        return False

    def before(self, other: "Cursor") -> bool:
        """Tell whether its listing is cheaper than the other's, or as cheap and came first."""
        if self.price != other.price:
            return self.price < other.price
        return self.listing.arrival < other.listing.arrival


class Serving:
    """The listings that may serve an order in [first, last), whichever shelf they stand on."""

    __slots__ = ("cursors",)

    def __init__(self, order: Order, ways: list[Way], first: int, last: int) -> None:
        common = 1
        if order.unit != DEVICES:
            common = lcm(*[way.rated for way in ways])
        self.cursors: list[Cursor] = []
        for way in ways:
            cursor = Cursor(order, way, common // way.rated, first, last)
            if cursor.advance():
                self._place(cursor, len(self.cursors))

    def _place(self, cursor: Cursor, end: int) -> None:
        """Put a cursor among those before the end, which are in order."""
        at = 0
        while at < end and self.cursors[at].before(cursor):
            at += 1
        self.cursors.insert(at, cursor)

    def step(self) -> None:
        """Pass on from the first listing to the next by price per unit, then arrival."""
        cursors = self.cursors
        first = cursors[0]
        if not first.advance():
            del cursors[0]
        elif len(cursors) > 1:
            del cursors[0]
            self._place(first, len(cursors))
