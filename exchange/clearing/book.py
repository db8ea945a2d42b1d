"""The frozen book of a call auction, as its JSON says it."""

import hashlib
from typing import Literal

import msgspec

from exchange.units import GFLOPS_PER_PFLOPS

TICK_MICROS = 10_000
Kind = Literal["DIVISIBLE", "BLOCK", "GANG", "PROFILE"]
Steps = tuple[tuple[int, int], ...]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the book: nothing unknown, nothing changed."""


class Node(Row, frozen=True):
    """Where devices of one class stand in one zone under one promise: one price an hour."""

    node: str
    class_: str = msgspec.field(default="", name="class")
    zone: str = ""
    firmness: str = ""
    chip: str = ""
    family: str = ""
    stack: str = ""
    memory_gb: int = 0
    scale_up_gbs: int = 0
    scale_out_gbps: int = 0
    devices_per_node: int = 0
    gflops: dict[str, int] = {}
    rtt_us: dict[str, int] = {}


class Offer(Row, frozen=True):
    """What a seller offers in a node: devices in each hour of a window, at an ask or a curve."""

    offer: int
    node: str
    hours: int
    arrival: int
    seller: int = 0
    site: str = ""
    first_hour: int = 0
    devices: int = 0
    ask_micros: int = 0
    steps: Steps = ()
    min_devices: int = 1
    pue_thousandths: int = 1000
    carbon_g_per_kwh: int = 0
    start_up_micros: int = 0
    min_sold_bp: int = 0

    @property
    def curve(self) -> Steps:
        """Return the steps, one where an ask stands alone."""
        return self.steps or ((self.ask_micros, self.devices),)

    @property
    def end(self) -> int:
        """Return the end of its window, exclusive."""
        return self.first_hour + self.hours

    @property
    def all_or_little(self) -> bool:
        """Tell whether it sells a share that covers its start-up cost, or nothing."""
        return bool(self.start_up_micros or self.min_sold_bp)


class Link(Row, frozen=True):
    """What a carrier offers from a zone to a city."""

    link: int
    zone: str
    city: str
    gbps: int
    hours: int
    arrival: int
    carrier: int = 0
    price_micros_per_gbps_hour: int = 0
    price_micros_per_gb: int = 0
    first_hour: int = 0

    @property
    def end(self) -> int:
        """Return the end of its window, exclusive."""
        return self.first_hour + self.hours


class Requires(Row, frozen=True):
    """The conditions of a bid on its place, as a requirement names them."""

    families_allowed: frozenset[str] = frozenset()
    families_excluded: frozenset[str] = frozenset()
    chips_allowed: frozenset[str] = frozenset()
    stack: str = ""
    min_memory_gb: int = 0
    min_scale_up_gbs: int = 0
    min_scale_out_gbps: int = 0
    max_rtt_us: int | None = None
    firmness: frozenset[str] = frozenset()
    zones_allowed: frozenset[str] = frozenset()
    max_pue_thousandths: int | None = None
    max_carbon_g_per_kwh: int | None = None


class Bid(Row, frozen=True):
    """One way in which an order may be served."""

    kind: Kind
    hours: int  # that it takes, or at most takes
    latest: int  # end of its window, exclusive
    unit: Literal["DEVICES", "PFLOPS"] = "DEVICES"
    amount: int = 0
    profile: tuple[int, ...] = ()
    steps: Steps = ()
    limit_micros: int = 0
    min_fill_bp: int = 0
    earliest: int = 0
    requires: Requires = Requires()
    city: str = ""
    link_gbps: int = 0
    move_gb: int = 0
    workload_class: str = "TRAINING"

    @property
    def worth_micros(self) -> int:
        """Return the value of all that it wants, net, on the micro above."""
        if self.profile:
            worth = self.limit_micros * sum(self.profile)
        else:
            parts = self.steps or ((self.limit_micros, self.amount),)
            worth = sum(limit * amount for limit, amount in parts) * self.hours
        return worth if self.unit == "DEVICES" else -(-worth // GFLOPS_PER_PFLOPS)


class Order(Row, frozen=True):
    """What a buyer wants: one of the alternatives, or nothing."""

    order: int
    alternatives: tuple[Bid, ...]
    arrival: int
    buyer: int = 0
    parent: int | None = None
    budget_micros: int | None = None


class Book(Row, frozen=True):
    """Everything that a clearing knows."""

    auction: str
    hours: int
    nodes: tuple[Node, ...]
    offers: tuple[Offer, ...]
    orders: tuple[Order, ...]
    links: tuple[Link, ...] = ()
    first_hour: int = 0
    vat_bp: int = 600
    price_most_micros: int = 50_000_000
    seed: int | None = None


def canonical(document: object) -> bytes:
    """Return the bytes of a document: sorted keys, no spaces."""
    return msgspec.json.encode(document, order="sorted")


def digest(document: object) -> str:
    """Return the SHA-256 of a document's canonical bytes."""
    return hashlib.sha256(canonical(document)).hexdigest()
