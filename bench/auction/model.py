"""A book as a plain mixed-integer program: what anybody would write down first.

Columns: a block at a place and start (binary), a divisible part's devices in a cell, whether its
minimum fill is met (binary), what a step sells in a cell. Rows: one alternative of an order, no
cell above what is sold there, amounts by hour and in all, minimum fill.

It is kinder than the rulebook: devices of divisible orders need not be whole, a gang only needs
an offer that is large enough, and nothing is priced, so nobody is protected from a loss. Its
optimum is therefore never below that of any auction.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.auction.greedy import refuse_what_is_not_plain
from exchange.verifying.best import Eligible
from exchange.verifying.book import GFLOPS_PER_PFLOPS, Bid, Book
from exchange.verifying.needs import block_worth, rated
from exchange.verifying.space import Space

Floats = npt.NDArray[np.float64]
MICROS = 1_000_000


class Program(NamedTuple):
    """Maximise yuan; every row is at most its `most`; columns run from 0 to `upper`."""

    yuan: Floats
    upper: Floats
    whole: npt.NDArray[np.bool_]
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    value: Floats
    most: Floats


class _Writer:
    """Collects columns, rows and entries."""

    def __init__(self) -> None:
        self.columns: list[tuple[float, float, bool]] = []
        self.most: list[float] = []
        self.entries: list[tuple[int, int, float]] = []

    def column(self, yuan: float, upper: float, *, whole: bool = False) -> int:
        self.columns.append((yuan, upper, whole))
        return len(self.columns) - 1

    def row(self, most: float) -> int:
        self.most.append(most)
        return len(self.most) - 1

    def add(self, row: int, column: int, value: float) -> None:
        self.entries.append((row, column, value))

    def program(self) -> Program:
        yuan, upper, whole = zip(*self.columns, strict=True)
        row, column, value = zip(*self.entries, strict=True)
        return Program(
            np.array(yuan),
            np.array(upper),
            np.array(whole),
            np.array(row, np.int64),
            np.array(column, np.int64),
            np.array(value, float),
            np.array(self.most),
        )


class _Model:
    def __init__(self, book: Book) -> None:
        self._book, self._space = book, Space(book, book.offers)
        self._eligible, self._out = Eligible(book), _Writer()
        self._cells = [self._out.row(0.0) for _ in range(len(book.nodes) * book.hours)]

    def program(self) -> Program:
        for offer in self._book.offers:
            for ask, devices in offer.steps:
                for hour in range(offer.first, offer.first + offer.hours):
                    sold = self._out.column(-ask / MICROS, devices)
                    self._out.add(self._cell(offer.node, hour), sold, -1)
        for order in self._book.orders:
            once = self._out.row(1.0)
            for bid in order.bids:
                if bid.divisible:
                    self._divisible(bid, once)
                else:
                    self._block(bid, once)
        return self._out.program()

    def _cell(self, node: int, hour: int) -> int:
        return self._cells[node * self._book.hours + hour]

    def _block(self, bid: Bid, once: int) -> None:
        places = self._eligible.places(bid)
        devices = self._eligible.devices(bid, places, bid.wanted[0])
        if bid.kind == "GANG":
            room = self._space.single_through(bid.hours, bid.requires)
        else:
            room = self._space.devices_through(bid.hours)
        for node, wanted in zip(places.tolist(), devices.tolist(), strict=True):
            for start in range(bid.earliest, bid.latest - bid.hours + 1):
                if room[node, start] < wanted:
                    continue
                taken = self._out.column(block_worth(bid) / MICROS, 1, whole=True)
                self._out.add(once, taken, 1)
                for hour in range(start, start + bid.hours):
                    self._out.add(self._cell(node, hour), taken, wanted)

    def _divisible(self, bid: Bid, once: int) -> None:
        """Write a divisible bid; amounts are counted in devices that are rated 1 P."""
        (limit, amount), scale = bid.parts[0], GFLOPS_PER_PFLOPS if bid.pflops else 1
        served = self._out.column(0, 1, whole=True)
        self._out.add(once, served, 1)
        units = amount / scale
        total, least = self._out.row(0), self._out.row(0)
        self._out.add(total, served, -units * bid.hours)
        self._out.add(least, served, units * bid.hours * bid.min_fill_bp / 10_000)
        for hour in range(bid.earliest, bid.latest):
            by_hour = self._out.row(0)
            self._out.add(by_hour, served, -units)
            for node in self._eligible.places(bid).tolist():
                if not self._space.devices[node, hour]:
                    continue
                rate = rated(bid, self._book.nodes[node]) / scale
                taken = self._out.column(limit * rate / MICROS, units / rate)
                self._out.add(self._cell(node, hour), taken, 1)
                self._out.add(by_hour, taken, rate)
                self._out.add(total, taken, rate)
                self._out.add(least, taken, -rate)


def program_of(book: Book) -> Program:
    """Return the program of a book; ValueError for rows that the bench's books do not contain."""
    refuse_what_is_not_plain(book)
    return _Model(book).program()
