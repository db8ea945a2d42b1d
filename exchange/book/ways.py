"""A shelf that may serve an arriving order: its terms there, and a walk along its listings."""

from exchange.book.rows import Listing, Order
from exchange.book.shelves import ARRIVAL_BITS, Shelf
from exchange.book.stock import MOST_PASSED, Aisle
from exchange.units import TICK_MICROS

# What holds for an order in one aisle: the highest ask that it may pay, what a device counts
# for, the step of devices, and how many devices are its whole amount.
Terms = tuple[int, int, int, int]


class Way:
    """A shelf with the order's terms, and where a walk along it stands: at `listing`.

    `floor` is what the cheapest there would cost, `since` the hour from which on its rows
    start that no shelf before has shown, `price` the ask as it is compared with other shelves':
    times `weight`. Until the walk is `settled`, the next listing that serves may be further on,
    and no cheaper.
    """

    __slots__ = (
        "at",
        "beyond",
        "block",
        "devices",
        "floor",
        "listing",
        "most",
        "passed",
        "price",
        "rated",
        "settled",
        "shelf",
        "since",
        "step",
        "weight",
    )

    def __init__(self, shelf: Shelf[Listing], since: int, terms: Terms) -> None:
        self.shelf = shelf
        self.since = since
        self.most, self.rated, self.step, self.devices = terms
        self.beyond = (self.most // TICK_MICROS + 1) << ARRIVAL_BITS
        self.listing = shelf.head()
        self.price = self.listing.ask
        self.floor = self.price * self.devices
        self.weight = 1
        self.block = self.at = self.passed = 0
        self.settled = False

    def weigh(self, weight: int) -> None:
        """Compare its asks with others times a weight, before the walk."""
        self.weight = weight
        self.price = self.listing.ask * weight

    def settle(self, order: Order, first: int, last: int) -> bool:
        """Go to the next listing within the price that may serve in [first, last); False: none."""
        hours, since, beyond = order.hours, self.since, self.beyond
        latest, until = last - hours, first + hours
        one_start = latest == first
        blocks = self.shelf.blocks
        while self.block < len(blocks):
            rows = blocks[self.block].rows
            for at in range(self.at, len(rows)):
                listing = rows[at]
                if listing.key >= beyond:
                    return False
                begin = listing.first
                if begin > latest or begin < since or listing.end < until:
                    continue
                free = listing.free
                if free is not None and one_start and not free[first - begin]:
                    continue
                if self._serves(order, listing):
                    self.at = at + 1
                    self.listing = listing
                    self.price = listing.ask * self.weight
                    self.settled = True
                    return True
            self.block += 1
            self.at = 0
        return False

    def _serves(self, order: Order, listing: Listing) -> bool:
        if order.demand.suits(listing.kind):
            return order.hours >= listing.min_hours and listing.ask <= self.most
        self.passed += 1
        note_passed(listing.aisle, self.passed)
        return False

    def before(self, other: "Way") -> bool:
        """Tell whether its listing is cheaper than the other's, or as cheap and came first."""
        if self.price != other.price:
            return self.price < other.price
        return self.listing.arrival < other.listing.arrival


def note_passed(aisle: Aisle, passed: int) -> None:
    """Note that an order has passed by so many listings that are not what it requires."""
    if passed == MOST_PASSED:
        aisle.crowded = not aisle.split
