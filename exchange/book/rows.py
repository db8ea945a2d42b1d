"""What stands in the book while it is open: orders and listings."""

from typing import Any, TypeVar

from exchange.book.demand import Demand
from exchange.book.seats import Seat
from exchange.book.shelves import ARRIVAL_BITS, Row
from exchange.book.stock import Aisle, Kind, Stock
from exchange.price import DEVICES, net_of
from exchange.units import TICK_MICROS


class Open(Row):
    """An order or a listing: whose it is, and where it stands in its member's list."""

    __slots__ = ("arrival", "id", "mode", "place", "resting", "seat", "shelved", "version")

    def __init__(self, number: int, seat: Seat, mode: str, first: int, end: int) -> None:
        super().__init__(0, first, end)
        self.id = number
        self.seat = seat
        self.mode = mode
        self.arrival = 0
        self.version = 1
        self.resting = False
        self.shelved = False
        self.place = 0


Either = TypeVar("Either", bound=Open)


def enlist(rows: list[Either], row: Either) -> None:
    """Add what begins to rest to its member's list."""
    row.place = len(rows)
    rows.append(row)


def strike(rows: list[Either], row: Either) -> None:
    """Take a row off its member's list; the last one stands in its place."""
    last = rows.pop()
    if last is not row:
        rows[row.place] = last
        last.place = row.place


class Order(Open):
    """An order as it stands. `left` is what remains of its hold, `purse` the same net of VAT."""

    __slots__ = (
        "amount",
        "barred",
        "budget",
        "demand",
        "expires",
        "filled",
        "fixed",
        "hours",
        "least",
        "left",
        "limit",
        "purse",
        "spent",
        "splittable",
        "tif",
        "unit",
        "vat",
    )

    def __init__(self, figures: tuple[Any, ...], seat: Seat, demand: Demand) -> None:
        """Stand as the fields of `Buy` say, in their order: one by one would cost much more."""
        super().__init__(figures[0], seat, figures[17], figures[5], figures[6])
        self.demand = demand
        self.unit: str = figures[2]
        self.amount: int = figures[3]
        self.filled = 0
        self.hours: int = figures[4]
        self.limit: int = figures[7]
        self.budget: int | None = figures[8]
        self.vat: int = figures[9]
        self.spent = 0
        self.left = self.purse = 0
        self.splittable: bool = figures[13]
        self.least: int = figures[14]
        self.tif: str = figures[15]
        self.expires: int | None = figures[16]
        self.barred: tuple[int, ...] = figures[18]
        self.fixed: int | None = None

    def hold(self, micros: int) -> None:
        """Hold so much for the order."""
        self.left = micros
        self.purse = net_of(micros, self.vat) if self.vat else micros

    def twin(self) -> "Order":
        """Return an order that stands as this one does, on no shelf."""
        figures = (
            *(self.id, self.seat.number, self.unit, self.amount, self.hours, self.first, self.end),
            *(self.limit, self.budget, self.vat, None, None, None),
            *(self.splittable, self.least, self.tif, self.expires, self.mode, self.barred),
        )
        twin = Order(figures, self.seat, self.demand)
        twin.arrival, twin.version, twin.fixed = self.arrival, self.version, self.fixed
        twin.filled, twin.spent = self.filled, self.spent
        twin.left, twin.purse = self.left, self.purse
        return twin

    @property
    def gate(self) -> int:
        """Return the hour with whose gate the order ends."""
        return self.end - self.hours if self.fixed is None else self.fixed

    @property
    def odd(self) -> bool:
        """Tell whether what it pays for a device may depend on how many it takes."""
        demand = self.demand
        return (
            self.unit != DEVICES
            or not demand.plain
            or self.purse < self.limit * (self.amount - self.filled) * self.hours
        )

    def rank(self) -> None:
        """Take its place on the shelves: who pays most comes first, then who came first."""
        self.key = self.arrival - (self.limit // TICK_MICROS << ARRIVAL_BITS)


class Listing(Open):
    """A listing as it stands. `free` is by hour once hours differ; until then all have `level`.

    `most` is the most devices free in any hour, `rest` the sum over the hours.
    """

    __slots__ = (
        "aisle",
        "ask",
        "devices",
        "free",
        "hours",
        "kind",
        "level",
        "min_devices",
        "min_hours",
        "most",
        "pitch",
        "rest",
        "stock",
    )

    def __init__(self, figures: tuple[Any, ...], seat: Seat, stock: Stock) -> None:
        """Stand as the fields of `Sell` say, in their order."""
        number, _, _, devices, first, hours, ask, min_devices, min_hours, _, mode = figures
        super().__init__(number, seat, mode, first, first + hours)
        # First what is looked at of those that are passed by.
        self.kind: Kind
        self.free: list[int] | None = None
        self.ask: int = ask
        self.min_hours: int = min_hours
        self.level: int = devices
        self.most: int = devices
        self.min_devices: int = min_devices
        self.aisle: Aisle
        self.stock = stock
        self.devices: int = devices
        self.hours: int = hours
        self.rest: int = devices * hours
        self.pitch = 0  # where it stands among the listings of its pool

    def enlist(self) -> None:
        """Join the listings of its pool."""
        self.pitch = len(self.stock.listings)
        self.stock.listings.append(self)

    def strike(self) -> None:
        """Leave the listings of its pool; the last one stands in its place."""
        last: Listing = self.stock.listings.pop()
        if last is not self:
            self.stock.listings[self.pitch] = last
            last.pitch = self.pitch

    def be(self, kind: Kind) -> None:
        """Be of that kind from now on."""
        self.kind = kind
        self.aisle = kind.aisle

    def twin(self) -> "Listing":
        """Return a listing that stands as this one does, on no shelf."""
        figures = (
            *(self.id, self.seat.number, self.stock.pool, self.devices, self.first, self.hours),
            *(self.ask, self.min_devices, self.min_hours, None, self.mode),
        )
        twin = Listing(figures, self.seat, self.stock)
        twin.be(self.kind)
        twin.arrival, twin.version = self.arrival, self.version
        twin.free, twin.level = self.free, self.level
        twin.most, twin.rest = self.most, self.rest
        return twin

    def rank(self) -> None:
        """Take its place on the shelves: the lowest ask first, then who came first."""
        self.key = (self.ask // TICK_MICROS << ARRIVAL_BITS) + self.arrival

    def take(self, devices: int, start: int, hours: int) -> None:
        """Lower what is free by a rectangle."""
        self.rest -= devices * hours
        free = self.free
        if free is None:
            if hours == self.hours:
                self.level = self.most = self.level - devices
                return
            free = self.free = [self.level] * self.hours
        at = start - self.first
        for hour in range(at, at + hours):
            free[hour] -= devices
        for left in free:
            if left == self.most:
                return
        self.most = max(free)

    def start_for(self, devices: int, begin: int, until: int, hours: int) -> int:
        """Return the first hour in [begin, until) from which the devices are free; -1: none."""
        begin = max(begin, self.first)
        until = min(until, self.end)
        free = self.free
        if free is None:
            return begin if self.level >= devices and begin + hours <= until else -1
        run = 0
        for at in range(begin - self.first, until - self.first):
            run = run + 1 if free[at] >= devices else 0
            if run == hours:
                return self.first + at - hours + 1
        return -1

    def least_free(self, start: int, hours: int) -> int:
        """Return how many devices are free in each of the hours."""
        if self.free is None:
            return self.level
        at = start - self.first
        least = self.free[at]
        for hour in range(at + 1, at + hours):
            least = min(least, self.free[hour])
        return least

    def frees(self) -> list[int]:
        """Return what is free in each hour."""
        return [self.level] * self.hours if self.free is None else self.free
