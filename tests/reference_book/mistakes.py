"""Books with a planted mistake: what the comparison must find."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from msgspec import structs

from exchange.book import Fill, LinkOffer, Offer, Want
from exchange.book import commands as say
from exchange.book.awards import Award
from tests.reference_book.book import Book
from tests.reference_book.checks import Side


class ArrivalIgnored(Book):
    """At the same price the later listing is served first."""

    def offer(self, listing: Side, order: Side) -> Offer:
        return replace(super().offer(listing, order), arrival=-listing.arrival)


class GateIgnored(Book):
    """Hours whose gate has closed are sold on."""

    def want(self, order: Side, mode: str) -> Want:
        return replace(super().want(order, mode), first_hour=order.said.first_hour)

    def offer(self, listing: Side, order: Side) -> Offer:
        first, free = listing.said.first_hour, tuple(listing.free)
        return replace(super().offer(listing, order), first_hour=first, free=free)


class OwnTradeAllowed(Book):
    """Who stands behind a member is forgotten."""

    def owner(self, member: int) -> str:
        return f"member:{member}"


class CollarOff(Book):
    """An arriving order buys at any price."""

    def bound(self, listing: Side) -> int:
        return listing.price


class FundsForgotten(Book):
    """What an ended order held does not come back."""

    def end(self, side: Side, state: str, reason: str = "") -> None:
        kept = self.available[side.said.member]
        super().end(side, state, reason)
        self.available[side.said.member] = kept


class SoldTwice(Book):
    """What is sold does not count as taken."""

    def trade(self, order: Side, listing: Side, fill: Any, arrival: int) -> None:
        super().trade(order, listing, fill, arrival)
        for hour in range(fill.first_hour, fill.first_hour + fill.hours):
            self.taken[listing.said.pool, hour] -= fill.devices


class PlaceKept(Book):
    """An order keeps its place in time whatever is changed."""

    def change(self, side: Side, *, kept: bool) -> None:
        arrival = side.arrival
        moved = super().change(side, kept=kept)
        side.arrival = arrival
        return moved


class PartOfAllOrNone(Book):
    """FOK takes what it gets."""

    def want(self, order: Side, mode: str) -> Want:
        return replace(super().want(order, mode), all_or_none=False)


class HaltForgotten(Book):
    """A halted seller's listings are sold on."""

    def trades(self, member: int) -> bool:
        return self.members[member].state == "ADMITTED"


class SecondForgotten(Book):
    """Messages are counted for ever."""

    def do_clock(self, said: say.Clock) -> None:
        sent = self.messages.copy()
        super().do_clock(said)
        self.messages = sent


class WorstFirst(Book):
    """A listing is sold to whoever pays least, or came last."""

    def pairs(self, listing: Side, mode: str) -> list[tuple[Want, Offer]]:
        found = sorted(super().pairs(listing, mode), key=lambda pair: pair[0].limit_micros)
        return found[:1]


class LinkSoldTwice(Book):
    """What a link carries does not count."""

    def trade_link(self, order: Side, fill: Fill) -> None:
        before = self.carried.copy()
        super().trade_link(order, fill)
        self.carried = before


class LinkForNothing(Book):
    """An order ranks by the ask alone, and a waiting one pays its whole limit for devices."""

    def carriers(self, order: Side, zone: str) -> Iterator[LinkOffer]:
        free = {"price_micros_per_gbps_hour": 0, "price_micros_per_gb": 0}
        return (replace(link, **free) for link in super().carriers(order, zone))


class DistanceIgnored(Book):
    """A link may be as slow as it likes."""

    def carriers(self, order: Side, zone: str) -> Iterator[LinkOffer]:
        wants = structs.replace(order.said.requires, max_rtt_us=None)
        return super().carriers(
            replace(order, said=structs.replace(order.said, requires=wants)), zone
        )


class NewestLink(Book):
    """Of links that cost the same the newest is taken."""

    def carriers(self, order: Side, zone: str) -> Iterator[LinkOffer]:
        return iter(
            [replace(link, link_id=-link.link_id) for link in super().carriers(order, zone)]
        )

    def trade_link(self, order: Side, fill: Fill) -> None:
        super().trade_link(order, replace(fill, link_id=abs(fill.link_id)))


class AwardedTwice(Book):
    """What an auction sold goes on standing in it."""

    def do_award(self, said: Award) -> None:
        before = dict(self.reserved)
        super().do_award(said)
        self.reserved = before


class AwardForFree(Book):
    """Devices that an auction sold are for sale again."""

    def do_award(self, said: Award) -> None:
        before = self.taken.copy()
        super().do_award(said)
        self.taken = before


class AwardInPart(Book):
    """An auction's order without enough devices is traded as far as there are any."""

    def devices_of(self, said: Award) -> Counter[tuple[int, int]]:
        found = super().devices_of(said)
        return Counter({key: min(n, self.reserved.get(key, 0)) for key, n in found.items()})


MISTAKES = (
    ArrivalIgnored,
    AwardedTwice,
    AwardForFree,
    AwardInPart,
    CollarOff,
    DistanceIgnored,
    FundsForgotten,
    GateIgnored,
    HaltForgotten,
    LinkForNothing,
    LinkSoldTwice,
    NewestLink,
    OwnTradeAllowed,
    PartOfAllOrNone,
    PlaceKept,
    SecondForgotten,
    SoldTwice,
    WorstFirst,
)

# Those that a law of the book forbids, whatever any other book does.
AGAINST_THE_LAW = (
    ArrivalIgnored,
    CollarOff,
    DistanceIgnored,
    GateIgnored,
    HaltForgotten,
    LinkForNothing,
    LinkSoldTwice,
    PartOfAllOrNone,
    SoldTwice,
    WorstFirst,
)
