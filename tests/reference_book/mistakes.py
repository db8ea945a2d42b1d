"""Books with a planted mistake: what the comparison must find."""

from dataclasses import replace
from typing import Any

from exchange.book import Offer, Want
from exchange.book import commands as say
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


MISTAKES = (
    ArrivalIgnored,
    CollarOff,
    FundsForgotten,
    GateIgnored,
    HaltForgotten,
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
    GateIgnored,
    HaltForgotten,
    PartOfAllOrNone,
    SoldTwice,
    WorstFirst,
)
