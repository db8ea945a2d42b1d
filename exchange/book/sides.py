"""The two sides of the book, and what a match makes of them. Hours are whole numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.price import DEVICES
from exchange.requirement import Place, Requirement


@dataclass(frozen=True)
class LinkOffer:
    """A carrier's link as an order sees it: Gbit/s in every hour, less what is sold by hour."""

    link_id: int
    carrier_id: int
    gbps: int
    price_micros_per_gbps_hour: int
    price_micros_per_gb: int
    rtt_us: int
    sold: Mapping[int, int] = field(default_factory=dict)

    def carries(self, gbps: int, hours: range) -> bool:
        """Tell whether so much is free in each of the hours."""
        return all(self.sold.get(hour, 0) + gbps <= self.gbps for hour in hours)


@dataclass(frozen=True)
class Offer:
    """A listing as one order sees it: free devices per hour, from `first_hour` on.

    `links` are those from its zone to the order's city that may serve the order at all.
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
    links: tuple[LinkOffer, ...] = ()


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

    def link_micros(self, link: LinkOffer) -> int:
        """Return what the link costs this order, net of VAT."""
        wanted = self.requirement
        by_hour = wanted.link_gbps * self.hours * link.price_micros_per_gbps_hour
        return by_hour + wanted.move_gb * link.price_micros_per_gb


@dataclass(frozen=True)
class Fill:
    """Devices of one listing for one order: a rectangle at one price per device-hour.

    `link_id` is the link that comes with them, at `link_micros` net of VAT; 0: none.
    """

    order_id: int
    listing_id: int
    devices: int
    first_hour: int
    hours: int
    price_micros: int
    credited: int
    link_id: int = 0
    link_micros: int = 0

    @property
    def value_micros(self) -> int:
        """Return what the rectangle costs, net of VAT and without the link."""
        return self.price_micros * self.devices * self.hours

    @property
    def landed_micros(self) -> int:
        """Return what rectangle and link cost together, net of VAT."""
        return self.value_micros + self.link_micros


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
