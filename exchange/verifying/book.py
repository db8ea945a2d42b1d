"""The frozen book, decoded from its JSON by the format's document."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from exchange.verifying.rows import MOST_MICROS, MOST_MONEY, Row

TICK_MICROS: Final = 10_000
GFLOPS_PER_PFLOPS: Final = 1_000_000
MOST_HOURS: Final = 800
MOST_DEVICES: Final = 1_000_000
MOST_GFLOPS: Final = 100_000_000_000


@dataclass(frozen=True)
class Node:
    """One class of devices in one zone."""

    code: str
    zone: str
    firmness: str
    chip: str
    family: str
    stack: str
    memory_gb: int
    scale_up_gbs: int
    scale_out_gbps: int
    devices_per_node: int
    gflops: Mapping[str, int]
    rtt_us: Mapping[str, int]


@dataclass(frozen=True)
class Offer:
    """What a seller offers in one node: steps of ask and devices, cheapest first."""

    number: int
    seller: int
    node: int
    arrival: int
    first: int
    hours: int
    steps: tuple[tuple[int, int], ...]
    min_devices: int
    pue_thousandths: int
    carbon_g_per_kwh: int
    start_up_micros: int
    min_sold_bp: int

    @cached_property
    def devices(self) -> int:
        """Return the devices of all steps."""
        return sum(devices for _, devices in self.steps)

    @property
    def block(self) -> bool:
        """Tell whether it is sold as a whole or not at all."""
        return self.start_up_micros > 0 or self.min_sold_bp > 0

    @property
    def sold_least(self) -> int:
        """Return the device-hours without which a block offer sells nothing."""
        return -(-self.devices * self.hours * self.min_sold_bp // 10_000)


@dataclass(frozen=True)
class Link:
    """What a carrier offers from a zone to a city."""

    number: int
    carrier: int
    arc: int
    arrival: int
    first: int
    hours: int
    gbps: int
    price_micros: int
    per_gb_micros: int


@dataclass(frozen=True)
class Requires:
    """What a bid asks of a node; empty and zero ask for nothing."""

    families_allowed: frozenset[str]
    families_excluded: frozenset[str]
    chips_allowed: frozenset[str]
    stack: str
    min_memory_gb: int
    min_scale_up_gbs: int
    min_scale_out_gbps: int
    max_rtt_us: int | None
    firmness: frozenset[str]
    zones_allowed: frozenset[str]
    max_pue_thousandths: int | None
    max_carbon_g_per_kwh: int | None


@dataclass(frozen=True)
class Bid:
    """One alternative of an order. `parts` are (limit, amount); a block has one."""

    kind: str
    pflops: bool
    parts: tuple[tuple[int, int], ...]
    profile: tuple[int, ...]
    hours: int
    earliest: int
    latest: int
    min_fill_bp: int
    requires: Requires
    city: str
    link_gbps: int
    move_gb: int
    workload_class: str

    @property
    def divisible(self) -> bool:
        """Tell whether each hour may be filled alone."""
        return self.kind == "DIVISIBLE"

    @property
    def linked(self) -> bool:
        """Tell whether it asks for a carrier's link."""
        return self.link_gbps > 0 or self.move_gb > 0

    @property
    def wanted(self) -> tuple[int, ...]:
        """Return the amount of each hour of a block, gang or profile."""
        return self.profile or (self.parts[0][1],) * self.hours


@dataclass(frozen=True)
class Order:
    """A buyer's alternatives, of which at most one executes."""

    number: int
    buyer: int
    parent: int | None
    budget_micros: int | None
    bids: tuple[Bid, ...]


@dataclass(frozen=True)
class Book:
    """Everything that the clearing was given."""

    auction: str
    hours: int
    vat_bp: int
    price_most_micros: int
    nodes: tuple[Node, ...]
    arcs: tuple[tuple[str, str], ...]
    offers: tuple[Offer, ...]
    links: tuple[Link, ...]
    orders: tuple[Order, ...]

    @cached_property
    def node_at(self) -> dict[str, int]:
        """Return the place of each node by its code."""
        return {node.code: at for at, node in enumerate(self.nodes)}

    @cached_property
    def arc_at(self) -> dict[tuple[str, str], int]:
        """Return the place of each arc by zone and city."""
        return {arc: at for at, arc in enumerate(self.arcs)}

    @cached_property
    def offer_at(self) -> dict[int, int]:
        """Return the place of each offer by its number."""
        return {offer.number: at for at, offer in enumerate(self.offers)}

    @cached_property
    def link_at(self) -> dict[int, int]:
        """Return the place of each link by its number."""
        return {link.number: at for at, link in enumerate(self.links)}

    @cached_property
    def order_of(self) -> dict[int, Order]:
        """Return each order by its number."""
        return {order.number: order for order in self.orders}

    @cached_property
    def per_gb_of_arc(self) -> tuple[int, ...]:
        """Return the price of a GB on each arc: the highest among its links."""
        prices = [0] * len(self.arcs)
        for link in self.links:
            prices[link.arc] = max(prices[link.arc], link.per_gb_micros)
        return tuple(prices)


def hours_of(row: Row, hours: int) -> tuple[int, int]:
    """Return first hour and hours of a row's window, inside the auction's."""
    first = row.whole("first_hour", 0, most=hours - 1)
    return first, row.whole("hours", hours - first, least=1, most=hours - first)


def price_of(row: Row, field: str, *, on_tick: bool = True) -> int:
    """Return a positive price."""
    price = row.whole(field, least=1, most=MOST_MICROS)
    if on_tick and price % TICK_MICROS:
        raise row.fail(field, f"{price} is not on the tick of {TICK_MICROS}")
    return price


def money_of(row: Row, field: str) -> int:
    """Return an amount of money, zero where absent."""
    return row.whole(field, 0, most=MOST_MONEY)
