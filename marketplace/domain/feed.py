"""The public feed: what each numbered event changed in a product's depth, naming nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.feed_refusals import FeedAhead, FeedGone
from marketplace.domain.levels import BUY, SELL, Run, joined
from marketplace.domain.lives import TAKING, Happening, ListingLife, OrderLife
from marketplace.domain.products import Product, Wish

MOST_BACK = 100_000
# LISTING_SOLD is not among them: nothing was left to take away.
GONE = frozenset({"LISTING_WITHDRAWN", "LISTING_EXPIRED"})
OVER = frozenset({"ORDER_FILLED", "ORDER_CANCELLED", "ORDER_EXPIRED"})


@dataclass(frozen=True)
class PublicTrade:
    """A trade as everybody may see it."""

    chip: str
    zone: str
    devices: int
    starts_at: datetime
    ends_at: datetime
    price_micros: int
    price_micros_per_pflops_hour: int
    traded_at: datetime


@dataclass(frozen=True)
class Increment:
    """Event `number`: what it added to (or took from) the depth of a product."""

    number: int
    kind: str
    at: datetime
    changes: tuple[Run, ...] = ()
    trade: PublicTrade | None = None
    halt: str = ""


def within(*, after: int, last: int, most: int | None = None) -> None:
    """Refuse a number that the market has not reached, or one more than `most` back."""
    most = MOST_BACK if most is None else most
    if after > last:
        raise FeedAhead(last=last)
    if last - after > most:
        raise FeedGone(first=last - most + 1)


def unbroken(events: Sequence[Happening], *, after: int) -> None:
    """Refuse events whose numbers do not follow each other from `after` on."""
    for number, event in enumerate(events, after + 1):
        if event.number != number:
            raise FeedGone(first=event.number)


@dataclass(frozen=True)
class Lives:
    """What the events of a stretch are about."""

    listings: Mapping[int, ListingLife]
    orders: Mapping[int, tuple[Wish, OrderLife]]
    trades: Mapping[int, PublicTrade]
    chips: Mapping[int, str]


def increment_of(event: Happening, product: Product, lives: Lives) -> Increment:
    """Return what an event changed for a product; an event about others changes nothing.

    Where the past is not told, FeedGone names the first number after it that is.
    """
    trade = lives.trades.get(event.number)
    try:
        changes = (*_sells(event, product, lives), *_buys(event, product, lives))
    except FeedGone as refusal:
        raise FeedGone(first=max(refusal.first, event.number + 1)) from refusal
    return Increment(
        number=event.number,
        kind=event.kind,
        at=event.at,
        changes=changes,
        trade=trade if trade and product.holds(trade.chip) else None,
        halt=_halted(event, lives),
    )


def _halted(event: Happening, lives: Lives) -> str:
    """Return what a halt is about: MARKET, MEMBER (never which), or the chip's code."""
    scope = str(event.facts.get("scope", ""))
    if scope != "CHIP":
        return scope
    return str(event.facts.get("subject", "")) or lives.chips.get(event.facts["subject_id"], "")


def _sells(event: Happening, product: Product, lives: Lives) -> list[Run]:
    life = lives.listings.get(event.listing_id or 0)
    if life is None or not product.holds(life.chip_code):
        return []
    ask = life.ask_before(event.number)
    if event.kind in TAKING:
        hours = event.hours
        taken = [0] * (hours.start - life.first_hour) + [event.facts["devices"]] * len(hours)
        return _offered(life, product, ask, taken, sign=-1)
    if event.kind == "LISTING_ACCEPTED":
        return _offered(life, product, ask, life.free_before(event.number))
    if event.kind == "LISTING_REPLACED":
        now = event.number + 1
        return [
            *_offered(life, product, ask, life.free_before(event.number), sign=-1),
            *_offered(life, product, life.ask_before(now), life.free_before(now)),
        ]
    if event.kind in GONE:
        return _offered(life, product, ask, life.free_before(event.number), sign=-1)
    return []


def _offered(
    life: ListingLife,
    product: Product,
    ask_micros: int,
    free: list[int] | tuple[int, ...],
    *,
    sign: int = 1,
) -> list[Run]:
    runs = joined(enumerate(free, life.first_hour))
    found = []
    for first, hours, devices in runs:
        price, quantity = product.sell(ask_micros, devices, life.gflops)
        found.append(Run(SELL, price, first, hours, sign * quantity))
    return found


def _buys(event: Happening, product: Product, lives: Lives) -> list[Run]:
    found = lives.orders.get(event.order_id or 0)
    if found is None or event.kind == "LINKED":  # depth is of devices; the trade changed it
        return []
    wish, life = found
    before = life.before(event.number)
    if event.kind == "ORDER_ACCEPTED":
        return wanted(wish, product, *before)
    if event.kind in OVER:
        return wanted(wish, product, *before, sign=-1)
    return [
        *wanted(wish, product, *before, sign=-1),
        *wanted(wish, product, *life.before(event.number + 1)),
    ]


def wanted(
    wish: Wish, product: Product, left: int, limit_micros: int, *, sign: int = 1
) -> list[Run]:
    """Return what an order wants in each hour of its window; nothing when it wants no more."""
    offered = product.buy(wish, left, limit_micros) if left > 0 else None
    hours = wish.last_hour - wish.first_hour
    if offered is None or hours <= 0:
        return []
    return [Run(BUY, offered[0], wish.first_hour, hours, sign * offered[1])]
