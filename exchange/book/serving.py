"""Listings that may serve an order, by price per unit: shelf by shelf, and merged."""

from math import lcm

from exchange.book.picking import Way, note_passed
from exchange.book.rows import Listing, Order
from exchange.price import DEVICES


class Cursor:
    """Goes along a shelf, from one listing that may serve the order to the next.

    `price` is the ask as it is compared with others: times `weight`. Until it is `settled`,
    the next one that serves may be further on, and no cheaper.
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
        "settled",
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
        self.listing = way.shelf.head()
        self.price = self.listing.ask * weight
        self.settled = False

    def settle(self) -> bool:
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
                    self.settled = True
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
        if self.order.demand.suits(listing.kind):
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
            self._place(Cursor(order, way, common // way.rated, first, last))

    def _place(self, cursor: Cursor) -> None:
        """Put a cursor among the others, which are in order."""
        cursors = self.cursors
        at = 0
        while at < len(cursors) and cursors[at].before(cursor):
            at += 1
        cursors.insert(at, cursor)

    def next(self) -> Cursor | None:
        """Go to the next listing by price per unit, then arrival; None: there is none."""
        cursors = self.cursors
        while cursors:
            cursor = cursors[0]
            if cursor.settled:
                cursor.settled = False
                return cursor
            if not cursor.settle():
                del cursors[0]
            elif len(cursors) > 1:
                del cursors[0]
                self._place(cursor)
        return None
