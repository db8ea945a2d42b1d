"""What stands in the book while it is open: members' seats, open orders, open listings."""

from exchange.book.commands import Buy, Limit, Sell
from exchange.book.demand import Demand
from exchange.book.stock import Kind, Stock
from exchange.price import DEVICES, net_of

HOURS: dict[int, int] = {}
BUYER, SELLER, ADMITTED = "BUYER", "SELLER", "ADMITTED"


class Seat:
    """A member: what it may do, what it has available, and what it has open."""

    __slots__ = (
        "available",
        "buys",
        "capabilities",
        "halt",
        "held",
        "known",
        "limit",
        "listings",
        "most",
        "number",
        "orders",
        "owner",
        "owner_told",
        "sells",
        "state",
        "trades",
    )

    def __init__(self, number: int) -> None:
        self.number = number
        self.known = False
        self.owner_told = ""
        self.owner = f"member:{number}"
        self.capabilities: tuple[str, ...] = ()
        self.state = ""
        self.halt: str | None = None  # its reason
        # Whether it may trade at all now, and on each side.
        self.trades = self.buys = self.sells = False
        self.available = 0
        self.held = 0  # gross holds of its open orders
        self.limit: Limit | None = None  # its own
        self.most: Limit | None = None  # the one that holds: its own, or everybody's
        self.orders: dict[int, Order] = {}
        self.listings: dict[int, Listing] = {}

    def stand(self) -> bool:
        """Work out on which sides the member may trade; tell whether it may trade at all."""
        self.trades = self.state == ADMITTED and self.halt is None
        self.buys = self.trades and BUYER in self.capabilities
        self.sells = self.trades and SELLER in self.capabilities
        return self.trades


class Order:
    """An order as it stands. `left` is what remains of its hold, `purse` the same net of VAT."""

    __slots__ = (
        "amount",
        "arrival",
        "budget",
        "demand",
        "expires",
        "filled",
        "first",
        "fixed",
        "hours",
        "id",
        "last",
        "least",
        "left",
        "limit",
        "mode",
        "purse",
        "resting",
        "seat",
        "shelved",
        "spent",
        "splittable",
        "tif",
        "unit",
        "vat",
        "version",
    )

    def __init__(self, said: Buy, seat: Seat, demand: Demand, hold: int) -> None:
        self.id = said.order
        self.seat = seat
        self.demand = demand
        self.unit = said.unit
        self.amount = said.amount
        self.filled = 0
        self.hours = said.hours
        self.first = said.first_hour
        self.last = said.last_hour
        self.limit = said.limit_micros
        self.budget = said.budget_micros
        self.vat = said.vat_bp
        self.left = hold
        self.spent = 0
        self.purse = net_of(hold, said.vat_bp) if said.vat_bp else hold
        self.splittable = said.splittable
        self.least = said.min_lot_devices
        self.tif = said.time_in_force
        self.expires = said.expires_s
        self.mode = said.self_trade
        self.arrival = 0
        self.version = 1
        self.fixed: int | None = None
        self.resting = False
        self.shelved = False

    @property
    def gate(self) -> int:
        """Return the hour with whose gate the order ends."""
        return self.last - self.hours if self.fixed is None else self.fixed

    @property
    def odd(self) -> bool:
        """Tell whether what it pays for a device may depend on how many it takes."""
        demand = self.demand
        return (
            self.unit != DEVICES
            or demand.whole_nodes
            or self.purse < self.limit * (self.amount - self.filled) * self.hours
        )


class Listing:
    """A listing as it stands. `free` is by hour once hours differ; until then all have `level`.

    `most` is the most devices free in any hour, `rest` the sum over the hours.
    """

    __slots__ = (
        "aisle",
        "arrival",
        "ask",
        "devices",
        "end",
        "first",
        "free",
        "hours",
        "id",
        "kind",
        "level",
        "min_devices",
        "min_hours",
        "mode",
        "most",
        "rest",
        "resting",
        "seat",
        "shelved",
        "stock",
        "version",
    )

    def __init__(self, said: Sell, seat: Seat, stock: Stock, kind: Kind) -> None:
        self.id = said.listing
        self.seat = seat
        self.stock = stock
        self.kind = kind
        self.aisle = kind.aisle
        self.ask = said.ask_micros
        self.devices = said.devices
        # The same hours are the same objects: many listings share few.
        first, end = said.first_hour, said.first_hour + said.hours
        self.first = HOURS.setdefault(first, first)
        self.hours = said.hours
        self.end = HOURS.setdefault(end, end)
        self.level = self.most = said.devices
        self.free: list[int] | None = None
        self.rest = said.devices * said.hours
        self.min_devices = said.min_devices
        self.min_hours = said.min_hours
        self.mode = said.self_trade
        self.arrival = 0
        self.version = 1
        self.resting = False
        self.shelved = False

    def take(self, devices: int, start: int, hours: int) -> None:
        """Lower what is free by a rectangle."""
        self.rest -= devices * hours
        if self.free is None:
            if hours == self.hours:
                self.level = self.most = self.level - devices
                return
            self.free = [self.level] * self.hours
        at = start - self.first
        self.free[at : at + hours] = [free - devices for free in self.free[at : at + hours]]
        self.most = max(self.free)

    def start_for(self, devices: int, begin: int, until: int, hours: int) -> int:
        """Return the first hour in [begin, until) from which the devices are free; -1: none."""
        begin = max(begin, self.first)
        until = min(until, self.end)
        if self.free is None:
            return begin if self.level >= devices and begin + hours <= until else -1
        run = 0
        for at in range(begin - self.first, until - self.first):
            run = run + 1 if self.free[at] >= devices else 0
            if run == hours:
                return self.first + at - hours + 1
        return -1

    def frees(self) -> list[int]:
        """Return what is free in each hour."""
        return [self.level] * self.hours if self.free is None else self.free
