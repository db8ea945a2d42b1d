"""What the clearing published, decoded from its JSON."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exchange.verifying.book import MOST_DEVICES, Book
from exchange.verifying.rows import MOST_MICROS, MOST_MONEY, Row, Unreadable

Grid = npt.NDArray[np.int64]

REASONS = (
    "PRICE",
    "CAPACITY",
    "ALL_OR_NOTHING",
    "PARENT",
    "NO_PLACE",
    "MIN_FILL",
    "BLOCK_OFFER",
)


@dataclass(frozen=True, slots=True)
class Rect:
    """So many devices (or Gbit/s) of a node, an offer or a link in consecutive hours."""

    at: int
    amount: int
    first: int
    hours: int
    offer: int | None = None

    @property
    def span(self) -> range:
        """Return its hours."""
        return range(self.first, self.first + self.hours)


@dataclass(frozen=True)
class Accepted:
    """One order that executes: where, from whom, and for how much."""

    order: int
    alternative: int
    placed: tuple[Rect, ...]
    sold_by: tuple[Rect, ...]
    carried_by: tuple[Rect, ...]
    value_micros: int
    pays_micros: int
    link_pays_micros: int


@dataclass(frozen=True)
class Rejected:
    """One order that does not execute, and why."""

    order: int
    reason: str
    lost_surplus_micros: int


@dataclass(frozen=True)
class Outcome:
    """Everything that was published; grids are node (or arc) by hour."""

    auction: str
    prices: Grid
    link_prices: Grid
    duals: Grid
    link_duals: Grid
    accepted: tuple[Accepted, ...]
    rejected: tuple[Rejected, ...]
    closed_offers: tuple[int, ...]
    welfare_micros: int
    bound_micros: int
    bound_at_prices_micros: int
    rejected_in_the_money: int
    book_hash: str
    outcome_hash: str


def read_outcome(data: object, book: Book) -> Outcome:
    """Decode an outcome of this book; raises Unreadable where it names what is not there."""
    row = Row(data, "outcome")
    row.whole("format", 1, least=1, most=1)
    row.take("steps")
    hashes = Row(row.take("hashes", {}), "outcome hashes")
    nodes = [node.code for node in book.nodes]
    arcs = [f"{zone}>{city}" for zone, city in book.arcs]
    outcome = Outcome(
        row.text("auction"),
        _grid(row, "prices", nodes, book.hours),
        _grid(row, "link_prices", arcs, book.hours),
        _grid(row, "duals", nodes, book.hours),
        _grid(row, "link_duals", arcs, book.hours),
        tuple(_accepted(one, book) for one in row.rows("accepted", "order")),
        tuple(_rejected(one, book) for one in row.rows("rejected", "order")),
        row.wholes("closed_offers"),
        row.whole("welfare_micros", least=-MOST_MONEY, most=MOST_MONEY),
        row.whole("bound_micros", most=MOST_MONEY),
        row.whole("bound_at_prices_micros", most=MOST_MONEY),
        row.whole("rejected_in_the_money"),
        hashes.text("book", ""),
        hashes.text("outcome", ""),
    )
    row.done()
    return outcome


def _grid(row: Row, field: str, names: Iterable[str], hours: int) -> Grid:
    inner = Row(row.take(field, {}), f"{row.name} {field}")
    lines = [inner.wholes(name, most=MOST_MICROS) for name in names]
    inner.done()
    for name, line in zip(names, lines, strict=True):
        if len(line) != hours:
            raise inner.fail(name, f"{hours} whole numbers are wanted")
    return np.array(lines, dtype=np.int64).reshape(len(lines), hours)


def _accepted(row: Row, book: Book) -> Accepted:
    number = _order_number(row, book)
    accepted = Accepted(
        number,
        row.whole("alternative", 0, most=len(book.order_of[number].bids) - 1),
        tuple(_placed(one, book) for one in row.rows("placed", "node")),
        tuple(_rect(one, "offer", book.offer_at, book) for one in row.rows("sold_by", "offer")),
        tuple(
            _rect(one, "link", book.link_at, book, "gbps") for one in row.rows("carried_by", "link")
        ),
        row.whole("value_micros", most=MOST_MONEY),
        row.whole("pays_micros", most=MOST_MONEY),
        row.whole("link_pays_micros", 0, most=MOST_MONEY),
    )
    row.done()
    return accepted


def _order_number(row: Row, book: Book) -> int:
    number = row.whole("order")
    if number not in book.order_of:
        raise row.fail("order", f"there is no order {number} in the book")
    return number


def _placed(row: Row, book: Book) -> Rect:
    code, offer = row.text("node"), row.maybe("offer")
    if code not in book.node_at:
        raise row.fail("node", f"there is no node {code} in the book")
    if offer is not None and offer not in book.offer_at:
        raise row.fail("offer", f"there is no offer {offer} in the book")
    where = None if offer is None else book.offer_at[offer]
    rect = Rect(book.node_at[code], _amount(row, "devices"), *_span(row, book), where)
    row.done()
    return rect


def _rect(row: Row, key: str, places: dict[int, int], book: Book, amount: str = "devices") -> Rect:
    number = row.whole(key)
    if number not in places:
        raise Unreadable(row.name, key, f"there is no {key} {number} in the book")
    rect = Rect(places[number], _amount(row, amount), *_span(row, book))
    row.done()
    return rect


def _amount(row: Row, field: str) -> int:
    return row.whole(field, least=1, most=MOST_DEVICES)


def _span(row: Row, book: Book) -> tuple[int, int]:
    first = row.whole("first_hour", most=book.hours - 1)
    return first, row.whole("hours", least=1, most=book.hours - first)


def _rejected(row: Row, book: Book) -> Rejected:
    rejected = Rejected(
        _order_number(row, book),
        row.choice("reason", REASONS),
        row.whole("lost_surplus_micros", 0, most=MOST_MONEY),
    )
    row.done()
    return rejected
