"""What the book answers: what has happened, numbered without gaps, and what was refused."""

from typing import Any, Final

from msgspec import Struct

BUY: Final = "BUY"
SELL: Final = "SELL"


# Events refer to nothing that could refer back: the garbage collector need not look at them.
class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something that has happened, with its number in the market's life."""

    number: int


class Accepted(Event, frozen=True, kw_only=True, tag_field="event", tag="accepted"):
    """An order (BUY) or listing (SELL) stands in the book; its number is its place in time."""

    side: str
    id: int
    member: int
    held_micros: int = 0


class Traded(Event, frozen=True, kw_only=True, tag_field="event", tag="traded"):
    """A rectangle of devices and hours of one listing was sold to one order.

    `credited` is in the order's unit; `value_micros` is net, `gross_micros` with VAT. Where an
    auction priced hours differently, `prices_micros` has one an hour, `price_micros` the mean,
    rounded down.
    """

    arrival: int
    order: int
    listing: int
    pool: int
    devices: int
    first_hour: int
    hours: int
    price_micros: int
    credited: int
    gflops_per_device: int
    value_micros: int
    gross_micros: int
    prices_micros: tuple[int, ...] = ()


class Linked(Event, frozen=True, kw_only=True, tag_field="event", tag="linked"):
    """The link that was sold with the devices of trade `traded`, for the same hours.

    `gbps` in each hour and `gb` once; `value_micros` is net, `gross_micros` with VAT. What an
    auction sold may have several, each at one price, for hours of the trade.
    """

    traded: int
    order: int
    listing: int
    link: int
    carrier: int
    gbps: int
    gb: int
    first_hour: int
    hours: int
    price_micros_per_gbps_hour: int
    price_micros_per_gb: int
    value_micros: int
    gross_micros: int


class Reduced(Event, frozen=True, kw_only=True, tag_field="event", tag="reduced"):
    """Two sides of one owner met: both gave up what they would have traded (DECREMENT)."""

    order: int
    listing: int
    devices: int
    first_hour: int
    hours: int
    credited: int
    released_micros: int


class Replaced(Event, frozen=True, kw_only=True, tag_field="event", tag="replaced"):
    """An order or listing was changed; `arrival` is its place in time from now on."""

    side: str
    id: int
    version: int
    arrival: int
    held_micros: int = 0


class Ended(Event, frozen=True, kw_only=True, tag_field="event", tag="ended"):
    """An order or listing left the book: FILLED CANCELLED EXPIRED, SOLD WITHDRAWN EXPIRED."""

    side: str
    id: int
    state: str
    reason: str = ""
    released_micros: int = 0


class Halted(Event, frozen=True, kw_only=True, tag_field="event", tag="halted"):
    """Trading of the subject has stopped."""

    scope: str
    subject: str
    reason: str


class Resumed(Event, frozen=True, kw_only=True, tag_field="event", tag="resumed"):
    """A halt has ended."""

    scope: str
    subject: str


class Rejected(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="event",
    tag="rejected",
    gc=False,
):
    """A command was refused, and nothing has happened: it takes no number."""

    code: str
    field: str = ""
    facts: dict[str, Any] = {}


Happened = Accepted | Traded | Linked | Reduced | Replaced | Ended | Halted | Resumed | Rejected
