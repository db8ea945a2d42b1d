"""Carriers' links as the book keeps them: who may buy of them, at what cost, and what is left."""

from collections.abc import Mapping

from msgspec.structs import replace

from exchange.book import commands as said
from exchange.book.rows import Order
from exchange.book.seats import CARRIER, Seat
from exchange.book.stock import less

# Gbit/s taken in the course of a meeting, by link and hour.
Taken = Mapping[tuple[int, int], int]
NOTHING: Taken = {}


class Link:
    """A carrier's standing offer from a zone to a city, and what is sold of it by hour.

    What is `reserved` by hour stands in call auctions and is nobody's to buy here.
    """

    __slots__ = ("facts", "reserved", "seat", "sold")

    def __init__(self, facts: said.Link, seat: Seat) -> None:
        self.be(facts, seat)
        self.sold = {hour: used for hour, used in facts.used.items() if used}

    def be(self, facts: said.Link, seat: Seat) -> None:
        """Put the facts in force."""
        self.facts = replace(facts, used={})
        self.seat = seat
        self.reserved = dict(facts.reserved)

    @property
    def sells(self) -> bool:
        """Tell whether it is offered by a carrier that may trade now."""
        return self.facts.active and self.seat.trades and CARRIER in self.seat.capabilities

    def serves(self, order: Order) -> bool:
        """Tell whether the order may buy of it at all: nobody buys a link of its own."""
        most = order.demand.rtt
        near = most is None or self.facts.rtt_us <= most
        return self.sells and near and self.seat.owner != order.seat.owner

    def cost(self, order: Order) -> int:
        """Return what it costs the order, net of VAT."""
        facts, wanted = self.facts, order.demand
        by_hour = wanted.gbps * order.hours * facts.price_micros_per_gbps_hour
        return by_hour + wanted.gb * facts.price_micros_per_gb

    def carries(self, gbps: int, start: int, hours: int, taken: Taken = NOTHING) -> bool:
        """Tell whether so much is free in each of the hours."""
        most, sold, number = self.facts.gbps - gbps, self.sold, self.facts.link
        reserved = self.reserved
        return most >= 0 and all(
            sold.get(hour, 0) + reserved.get(hour, 0) + taken.get((number, hour), 0) <= most
            for hour in range(start, start + hours)
        )

    def take(self, gbps: int, start: int, hours: int) -> None:
        """Take so much in each of the hours."""
        for hour in range(start, start + hours):
            self.sold[hour] = self.sold.get(hour, 0) + gbps

    def sell_reserved(self, sold: dict[int, int]) -> None:
        """Let reserved Gbit/s, by hour, be sold ones."""
        self.facts = replace(self.facts, reserved=less(self.facts.reserved, sold))
        self.reserved = dict(self.facts.reserved)
        for hour, gbps in sold.items():
            self.take(gbps, hour, 1)

    @property
    def taken(self) -> dict[int, int]:
        """Return what no order may have by hour: sold, or in an auction."""
        hours = self.sold.keys() | self.reserved.keys()
        return {hour: self.sold.get(hour, 0) + self.reserved.get(hour, 0) for hour in hours}

    def sold_from(self, first_open: int) -> list[tuple[int, int]]:
        """Return what is sold by hour, without the hours that trade no more."""
        return sorted(
            (hour, gbps) for hour, gbps in self.sold.items() if hour >= first_open and gbps
        )
