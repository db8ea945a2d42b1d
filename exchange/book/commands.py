"""What is said to the book. A command is a fact, an order, or the clock; it is never a wish.

One JSON object is one command (`docs/replay.md`). Instants are whole seconds since 1970,
hours are hour numbers since 1970 (`exchange.window`), money is in whole micros net of VAT
unless a name says otherwise. Unknown fields are refused by name.
"""

from msgspec import Struct

from exchange.book.awards import Award
from exchange.book.language import Command, Count, Hours, Positive, Words


class Clock(Command, frozen=True, kw_only=True, tag_field="do", tag="clock"):
    """Market time is `now_s`; the first hour that still trades is `first_open`.

    `second` is the wall second in which messages are counted. Time never runs backwards:
    earlier figures are read as the ones in force. Ends what nothing can fill any more.
    """

    now_s: Count
    first_open: Count
    second: Count = 0


class Pool(Command, frozen=True, kw_only=True, tag_field="do", tag="pool"):
    """A pool as it is from now on: identical devices at one site.

    `gflops` is the conversion factor by workload class, `rtt_us` is by city. `used` are
    devices taken before the book began, by hour. `reserved` are `(hour, devices)` that stand
    elsewhere from now on, as in a call auction: nobody can list them here.
    """

    pool: int
    seller: int
    chip: str
    family: str = ""
    stack: str = ""
    memory_gb: Count = 0
    scale_up_gbs: Count = 0
    scale_out_gbps: Count = 0
    zone: str = ""
    pue_thousandths: Count = 1000
    carbon_g_per_kwh: Count = 0
    devices: Count
    devices_per_node: Positive = 1
    gflops: dict[str, Positive] = {}
    rtt_us: dict[str, Count] = {}
    used: dict[int, Count] = {}
    reserved: tuple[tuple[int, Count], ...] = ()
    active: bool = True


class Link(Command, frozen=True, kw_only=True, tag_field="do", tag="link"):
    """A carrier's standing offer from now on: so many Gbit/s in every hour, zone to city.

    `used` are Gbit/s sold before the book began, by hour. `reserved` are `(hour, Gbit/s)` that
    stand in call auctions from now on: no order gets them here.
    """

    link: int
    carrier: int
    zone: str
    city: str
    gbps: Positive
    price_micros_per_gbps_hour: Count = 0
    price_micros_per_gb: Count = 0
    rtt_us: Count = 0
    used: dict[int, Count] = {}
    reserved: tuple[tuple[int, Count], ...] = ()
    active: bool = True


class Member(Command, frozen=True, kw_only=True, tag_field="do", tag="member"):
    """A member as it stands from now on. `owner` is who stands behind it (self-trades)."""

    member: int
    owner: str = ""
    capabilities: Words = ("BUYER", "SELLER")
    state: str = "ADMITTED"


class Funds(Command, frozen=True, kw_only=True, tag_field="do", tag="funds"):
    """What the member may have held from now on, gross micros."""

    member: int
    available_micros: Count


class Reference(Command, frozen=True, kw_only=True, tag_field="do", tag="reference"):
    """The reference price of a chip model per device-hour, and its nominal compute."""

    chip: str
    price_micros: Positive
    nominal_gflops: Positive


class Limit(Command, frozen=True, kw_only=True, tag_field="do", tag="limit"):
    """Limits of a member, or of everybody (member 0) who has none of their own.

    None is no limit. `most_order_micros` and `most_order_devices` bound one order or listing
    (fat finger), `most_open_micros` the gross holds of open orders, `most_messages` the
    orders, listings and replacements in one wall second.
    """

    member: int = 0
    most_order_micros: Positive | None = None
    most_order_devices: Positive | None = None
    most_open_micros: Positive | None = None
    most_messages: Positive | None = None


class Sell(Command, frozen=True, kw_only=True, tag_field="do", tag="sell"):
    """A listing: devices of a pool in each hour of a window, at an ask per device-hour."""

    listing: int
    member: int
    pool: int
    devices: Positive
    first_hour: Count
    hours: Hours
    ask_micros: Positive
    min_devices: Positive = 1
    min_hours: Hours = 1
    firmness: str = "FIRM"
    self_trade: str = "CANCEL_NEWEST"


class Requires(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
    cache_hash=True,
):
    """Conditions on a place; what is empty asks for nothing (`exchange.requirement`).

    `link_gbps` (in all its hours) and `move_gb` (once) ask for a link to the order's city.
    """

    families_allowed: Words = ()
    families_excluded: Words = ()
    chips_allowed: Words = ()
    stack: str = ""
    min_memory_gb: Count = 0
    min_scale_up_gbs: Count = 0
    min_scale_out_gbps: Count = 0
    max_rtt_us: Count | None = None
    link_gbps: Count = 0
    move_gb: Count = 0
    firmness: Words = ("FIRM",)
    zones_allowed: Words = ()
    max_pue_thousandths: Count | None = None
    max_carbon_g_per_kwh: Count | None = None


class Buy(Command, frozen=True, kw_only=True, tag_field="do", tag="buy"):
    """An order by requirement: so much compute for so many hours within a window.

    `unit` DEVICES: amount in devices, limit per device-hour. PFLOPS: amount in GFLOPS, limit
    per PFLOPS-hour. The hold is the limit value with VAT, capped by `budget_micros` (gross).
    `expires_s` ends what is still open at that instant. Listings of the members `not_from` are
    passed by: only FOK orders for one site without a link may name any.
    """

    order: int
    member: int
    unit: str = "DEVICES"
    amount: Positive
    hours: Hours
    first_hour: Count
    last_hour: Count
    limit_micros: Positive
    budget_micros: Positive | None = None
    vat_bp: Count = 0
    requires: Requires = Requires()
    city: str = ""
    workload_class: str = "TRAINING"
    splittable: bool = False
    min_lot_devices: Positive = 1
    time_in_force: str = "GTC"
    expires_s: Count | None = None
    self_trade: str = "CANCEL_NEWEST"
    not_from: tuple[Count, ...] = ()


class Cancel(Command, frozen=True, kw_only=True, tag_field="do", tag="cancel"):
    """End the member's own order."""

    order: int
    member: int
    reason: str = "BY_BUYER"


class Withdraw(Command, frozen=True, kw_only=True, tag_field="do", tag="withdraw"):
    """End a listing: the member's own, or with member 0 the exchange's doing."""

    listing: int
    member: int = 0
    reason: str = "BY_SELLER"


class CancelAll(Command, frozen=True, kw_only=True, tag_field="do", tag="cancel_all"):
    """End all open orders and listings of a member."""

    member: int
    reason: str = "CANCEL_ALL"


class Replace(Command, frozen=True, kw_only=True, tag_field="do", tag="replace"):
    """Change an open order's whole amount, limit, budget or expiry; None leaves it.

    Its place in time is kept only when nothing but the amount falls. `version` is the one that
    the sender knows: another refuses.
    """

    order: int
    member: int
    version: Positive
    amount: Positive | None = None
    limit_micros: Positive | None = None
    budget_micros: Positive | None = None
    expires_s: Count | None = None


class Reprice(Command, frozen=True, kw_only=True, tag_field="do", tag="reprice"):
    """Change an open listing's devices or ask; None leaves it.

    Its place in time is kept only when nothing but the devices fall.
    """

    listing: int
    member: int
    version: Positive
    devices: Positive | None = None
    ask_micros: Positive | None = None


class Halt(Command, frozen=True, kw_only=True, tag_field="do", tag="halt"):
    """Stop trading of the market, of a member (by number) or of a chip (by code)."""

    scope: str = "MARKET"
    subject: str = ""
    reason: str = ""


class Resume(Command, frozen=True, kw_only=True, tag_field="do", tag="resume"):
    """End a halt of the same scope and subject."""

    scope: str = "MARKET"
    subject: str = ""


Said = (
    Clock
    | Pool
    | Link
    | Member
    | Funds
    | Reference
    | Limit
    | Sell
    | Buy
    | Cancel
    | Withdraw
    | CancelAll
    | Replace
    | Reprice
    | Halt
    | Resume
    | Award
)
