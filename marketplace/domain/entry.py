"""Order entry: what members' doors say to the market, and what it answers. JSON both ways."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from marketplace.domain.listing_request import ListingRequest
from marketplace.domain.order_request import OrderRequest


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all entries share: for which member, and by which person or broker."""

    member: int
    person: int | None = None
    placed_by: int | None = None


class PlaceOrder(Entry, frozen=True, kw_only=True, tag_field="do", tag="place_order"):
    """A buy order under the sender's own id.

    `not_from` are members that it does not buy from: only the exchange says so, for a substitute.
    """

    client_order_id: str
    request: OrderRequest
    not_from: tuple[int, ...] = ()


class PublishListing(Entry, frozen=True, kw_only=True, tag_field="do", tag="publish_listing"):
    """A listing under the sender's own id."""

    client_order_id: str
    request: ListingRequest


class CancelOrder(Entry, frozen=True, kw_only=True, tag_field="do", tag="cancel_order"):
    """The end of an open order. With a `client_id` it is answered once, however often sent."""

    order_id: int
    client_id: str = ""


class WithdrawListing(Entry, frozen=True, kw_only=True, tag_field="do", tag="withdraw_listing"):
    """The end of an open listing."""

    listing_id: int
    client_id: str = ""


class CancelAll(Entry, frozen=True, kw_only=True, tag_field="do", tag="cancel_all"):
    """The end of everything that the member has open; `reason` stands in the events."""

    client_id: str = ""
    reason: str = "CANCEL_ALL"


class ReplaceOrder(Entry, frozen=True, kw_only=True, tag_field="do", tag="replace_order"):
    """Another amount, limit, budget or expiry of an open order; None leaves it."""

    order_id: int
    version: int
    amount: int | None = None
    limit_micros: int | None = None
    budget_micros: int | None = None
    expires_at: datetime | None = None
    client_id: str = ""


class RepriceListing(Entry, frozen=True, kw_only=True, tag_field="do", tag="reprice_listing"):
    """Other devices or another ask of an open listing; None leaves it."""

    listing_id: int
    version: int
    devices: int | None = None
    ask_micros: int | None = None
    client_id: str = ""


class LinkAwarded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one link carries for the devices of an award, at one price; `award` is its row."""

    award: int
    link: int
    carrier: int
    gbps: int
    gb: int
    first_hour: int
    hours: int
    price_micros_per_gbps_hour: int
    price_micros_per_gb: int


class Awarded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One award of an auction's outcome: a rectangle of an offer, each hour at its price.

    `award` and `pool` are rows; `recall_notice_minutes` and `firmness` are the offer's.
    """

    award: int
    seller: int
    pool: int
    devices: int
    first_hour: int
    prices_micros: tuple[int, ...]
    gflops: int
    firmness: str
    recall_notice_minutes: int | None = None
    links: tuple[LinkAwarded, ...] = ()


class AwardOrder(Entry, frozen=True, kw_only=True, tag_field="do", tag="award_order"):
    """All that an auction's outcome awards to one of its orders; traded whole or refused.

    `request` is what the order asked for; hours, window, amount and limit are the awards'.
    """

    client_order_id: str
    auction_order: int
    request: OrderRequest
    awards: tuple[Awarded, ...]
    held_reason: str
    held_micros: int
    vat_bp: int


class Tick(Struct, frozen=True, kw_only=True, tag_field="do", tag="tick"):
    """Nothing but a look at the clock and at changed facts."""


Said = (
    PlaceOrder
    | PublishListing
    | CancelOrder
    | WithdrawListing
    | CancelAll
    | ReplaceOrder
    | RepriceListing
    | AwardOrder
    | Tick
)


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of an entry: the order or listing as it stands, or why it was refused.

    `repeated` tells that the same was sent and answered before. `refused` is the name of the
    refusal; its code and sentence belong to it.
    """

    id: int = 0
    state: str = ""
    filled: int = 0
    held_micros: int = 0
    version: int = 1
    number: int = 0
    repeated: bool = False
    refused: str = ""
    facts: dict[str, Any] = {}


# Of an early entry that waits for its turn.
WAITING = "WAITING"


class OutcomeOf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An early entry, by its sender's own id of an order or of another act."""

    member: int
    client_order_id: str = ""
    client_id: str = ""


class Queued(Struct, frozen=True, kw_only=True):
    """Where early entries wait: the engine's term, and the place of the first in its queue."""

    term: int
    place: int


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line on the market's socket: entries that are answered together.

    An early call is answered as soon as its entries are queued. One that asks for an outcome
    has no entries.
    """

    id: int
    commands: tuple[Said, ...]
    early: bool = False
    outcome_of: OutcomeOf | None = None


class Reply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The line that answers a call; an early one with its place in the queue of that term."""

    id: int
    answers: tuple[Answer, ...]
    place: int = 0
    term: int = 0
