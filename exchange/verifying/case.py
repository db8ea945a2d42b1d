"""One book with its outcome, added up once for all checks."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from exchange.verifying.book import Bid, Book, Offer
from exchange.verifying.bound import Markets
from exchange.verifying.outcome import Accepted, Outcome
from exchange.verifying.rows import Finding
from exchange.verifying.space import Grid

Findings = Iterator[Finding]


class Case:
    """What the checks look at: book, outcome, and the loads that the outcome lays on offers."""

    def __init__(self, book: Book, outcome: Outcome) -> None:
        self.book, self.outcome = book, outcome

    @cached_property
    def markets(self) -> Markets:
        """Return the book at dual and at published prices."""
        return Markets(self.book, self.outcome)

    @cached_property
    def accepted(self) -> frozenset[int]:
        """Return the numbers of the orders that execute."""
        return frozenset(one.order for one in self.outcome.accepted)

    def bid_of(self, one: Accepted) -> Bid:
        """Return the alternative that executes."""
        return self.book.order_of[one.order].bids[one.alternative]

    @cached_property
    def sold(self) -> Grid:
        """Return the devices sold by offer and hour."""
        grid = np.zeros((len(self.book.offers), self.book.hours), np.int64)
        for one in self.outcome.accepted:
            for rect in one.sold_by:
                grid[rect.at, rect.first : rect.first + rect.hours] += rect.amount
        return grid

    @cached_property
    def sold_to_gangs(self) -> Grid:
        """Return the part of it that gangs hold."""
        grid = np.zeros((len(self.book.offers), self.book.hours), np.int64)
        for one in self.outcome.accepted:
            if self.bid_of(one).kind == "GANG":
                for rect in one.sold_by:
                    grid[rect.at, rect.first : rect.first + rect.hours] += rect.amount
        return grid

    @cached_property
    def carried(self) -> Grid:
        """Return the Gbit/s carried by link and hour."""
        grid = np.zeros((len(self.book.links), self.book.hours), np.int64)
        for one in self.outcome.accepted:
            for rect in one.carried_by:
                grid[rect.at, rect.first : rect.first + rect.hours] += rect.amount
        return grid

    @cached_property
    def traded(self) -> Grid:
        """Return the devices sold by node and hour."""
        grid = np.zeros((len(self.book.nodes), self.book.hours), np.int64)
        np.add.at(grid, [offer.node for offer in self.book.offers], self.sold)
        return grid

    @cached_property
    def carried_on_arcs(self) -> Grid:
        """Return the Gbit/s carried by arc and hour."""
        grid = np.zeros((len(self.book.arcs), self.book.hours), np.int64)
        np.add.at(grid, [link.arc for link in self.book.links], self.carried)
        return grid

    def used_offers(self) -> Iterator[tuple[Offer, list[int]]]:
        """Yield each offer that sells anything, with its devices by hour."""
        for at in np.flatnonzero(self.sold.any(axis=1)):
            yield self.book.offers[at], self.sold[at].tolist()


def asks_of(offer: Offer, devices: int) -> int:
    """Return what so many devices of the offer ask for an hour, cheapest step first."""
    total = 0
    for ask, most in offer.steps:
        part = min(devices, most)
        total += ask * part
        devices -= part
    return total


def ask_of_last(offer: Offer, devices: int) -> int:
    """Return the ask of the last of so many devices; the dearest step's beyond the offer's end."""
    for ask, most in offer.steps:
        devices -= most
        if devices <= 0:
            return ask
    return offer.steps[-1][0]
