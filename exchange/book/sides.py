"""The two sides of the book, and what a match makes of them. Hours are whole numbers."""

from dataclasses import dataclass

from exchange.price import DEVICES
from exchange.requirement import Place, Requirement


@dataclass(frozen=True)
class Offer:
    """A listing as one order sees it: free devices per hour, from `first_hour` on.

    Its landed price is its ask: links are a requirement here, not yet sold.
    """

    listing_id: int
    arrival: int
    owner: str
    ask_micros: int
    first_hour: int
    free: tuple[int, ...]
    gflops_per_device: int
    place: Place
    devices_per_node: int = 1
    min_devices: int = 1
    min_hours: int = 1


@dataclass(frozen=True)
class Want:
    """What an order still wants: `amount` in its unit, `purse_micros` net of VAT.

    It starts at `first_hour` or later and has finished by `last_hour`. A splittable
    order that has traded before keeps to `fixed_start`.
    """

    order_id: int
    arrival: int
    owner: str
    requirement: Requirement
    unit: str
    amount: int
    hours: int
    first_hour: int
    last_hour: int
    limit_micros: int
    purse_micros: int
    splittable: bool = False
    min_lot_devices: int = 1
    all_or_none: bool = False
    fixed_start: int | None = None

    def starts(self) -> range:
        """Return the hours at which delivery may start."""
        if self.fixed_start is not None:
            inside = self.first_hour <= self.fixed_start <= self.last_hour - self.hours
            return range(self.fixed_start, self.fixed_start + inside)
        return range(self.first_hour, self.last_hour - self.hours + 1)

    def granule(self, offer: Offer) -> int:
        """Return the step of devices: whole nodes for orders that ask for scale-up."""
        return offer.devices_per_node if self.requirement.min_scale_up_gbs else 1

    def rated(self, offer: Offer, devices: int) -> int:
        """Return what devices of the offer count for, in the order's unit."""
        return devices if self.unit == DEVICES else devices * offer.gflops_per_device


@dataclass(frozen=True)
class Fill:
    """Devices of one listing for one order: a rectangle at one price per device-hour."""

    order_id: int
    listing_id: int
    devices: int
    first_hour: int
    hours: int
    price_micros: int
    credited: int

    @property
    def value_micros(self) -> int:
        """Return what the rectangle costs, net of VAT."""
        return self.price_micros * self.devices * self.hours


@dataclass(frozen=True)
class Match:
    """What an arriving side got. `met_itself`: the rest would trade with its own owner."""

    fills: tuple[Fill, ...] = ()
    met_itself: bool = False


@dataclass(frozen=True)
class SieveStep:
    """How many offers survive a condition, and all those before it."""

    code: str
    survivors: int
