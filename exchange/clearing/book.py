"""The frozen book of a call auction, as its JSON says it."""

import hashlib
from typing import Literal

import msgspec

from exchange.clearing.refusals import BookRefused

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
    seller: int
    node: str
    site: str = ""
    arrival: int | None = None
    first_hour: int = 0
    hours: int | None = None
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
    def all_or_little(self) -> bool:
        """Tell whether it sells a share that covers its start-up cost, or nothing."""
        return bool(self.start_up_micros or self.min_sold_bp)


class Link(Row, frozen=True):
    """What a carrier offers from a zone to a city."""

    link: int
    carrier: int
    zone: str
    city: str
    gbps: int
    price_micros_per_gbps_hour: int
    price_micros_per_gb: int = 0
    arrival: int | None = None
    first_hour: int = 0
    hours: int | None = None


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
    unit: Literal["DEVICES", "PFLOPS"] = "DEVICES"
    amount: int = 0
    hours: int = 1
    profile: tuple[int, ...] = ()
    steps: Steps = ()
    limit_micros: int = 0
    min_fill_bp: int = 0
    earliest: int = 0
    latest: int | None = None
    requires: Requires = Requires()
    city: str = ""
    link_gbps: int = 0
    move_gb: int = 0
    workload_class: str = "TRAINING"

    @property
    def length(self) -> int:
        """Return the hours that it takes, or at most takes."""
        return len(self.profile) or self.hours


class Order(Row, frozen=True):
    """What a buyer wants: one of the alternatives, or nothing."""

    order: int
    buyer: int
    alternatives: tuple[Bid, ...]
    arrival: int | None = None
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


_BID_FIELDS = {field.encode_name for field in msgspec.structs.fields(Bid)}


def _spread(order: object) -> object:
    """Return an order whose single bid stands under its alternatives."""
    if not isinstance(order, dict) or "alternatives" in order:
        return order
    bid = {name: value for name, value in order.items() if name in _BID_FIELDS}
    rest = {name: value for name, value in order.items() if name not in _BID_FIELDS}
    return {**rest, "alternatives": [bid]}


def read_book(text: bytes) -> Book:
    """Read a book from its JSON; refuse what is no JSON, unknown, missing or of a wrong type."""
    try:
        raw = msgspec.json.decode(text)
        if isinstance(raw, dict) and isinstance(raw.get("orders"), list):
            raw["orders"] = [_spread(order) for order in raw["orders"]]
        return msgspec.convert(raw, Book)
    except msgspec.MsgspecError as error:
        why = str(error)
        raise BookRefused(why.rpartition("`$")[2].strip("`.") or "book", why=why) from error


def canonical(book: Book) -> bytes:
    """Return the book's bytes, whatever the order of its rows."""
    ordered = msgspec.structs.replace(
        book,
        nodes=tuple(sorted(book.nodes, key=lambda row: row.node)),
        offers=tuple(sorted(book.offers, key=lambda row: row.offer)),
        links=tuple(sorted(book.links, key=lambda row: row.link)),
        orders=tuple(sorted(book.orders, key=lambda row: row.order)),
    )
    return msgspec.json.encode(ordered, order="deterministic")


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()
