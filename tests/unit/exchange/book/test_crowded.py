"""An aisle crowded with what somebody does not want: then listings stand by their kind as well."""

from typing import Any

import pytest

from exchange.book import Book
from exchange.book.commands import Link, Member, Withdraw
from exchange.book.stock import MOST_PASSED
from tests.unit.exchange.book.talk import YUAN, buy, market, pool, requires, sell, tell, trades

EAST = requires(zones_allowed=("east",))
MANY = range(100, 101 + MOST_PASSED)
AT_ONCE = {"time_in_force": "IOC", "requires": EAST, "amount": 1}


def crowded() -> Book:
    """Very many cheap listings in the west, one dear listing in the east."""
    book = market(pool(4, zone="west", devices=10**6), pool(5, zone="east", devices=10**3))
    tell(book, *(sell(n, pool=4, devices=1, hours=2, ask_micros=YUAN // 2) for n in MANY))
    tell(book, sell(1, pool=5))
    return book


@pytest.mark.parametrize(
    "form",
    [{}, {"splittable": True}, {"splittable": True, "last_hour": 102}],
    ids=["one site", "lots", "lots at one start"],
)
def test_who_passes_many_by_splits_the_aisle_and_finds_the_same(form: dict[str, Any]) -> None:
    book = crowded()
    (aisle,) = book._state.aisle_list
    assert trades(tell(book, buy(9, **AT_ONCE, **form))) == [(9, 1, 1, 100)]
    assert (aisle.crowded, aisle.split) == (True, False)
    assert trades(tell(book, buy(8, **AT_ONCE, **form))) == [(8, 1, 1, 100)]
    assert (aisle.crowded, aisle.split) == (False, True)
    tell(book, sell(2, pool=5, ask_micros=900_000), Withdraw(listing=1))
    assert trades(tell(book, buy(7, **AT_ONCE, **form))) == [(7, 2, 1, 100)]


def test_who_wants_a_link_and_passes_many_by_finds_the_same() -> None:
    book = crowded()
    (aisle,) = book._state.aisle_list
    carrier = Member(member=7, capabilities=("CARRIER",))
    tell(book, carrier, Link(link=1, carrier=7, zone="east", city="xian", gbps=10))
    form = {"requires": requires(link_gbps=1), "city": "xian", "amount": 1}
    for order, split in ((9, False), (8, True)):
        assert trades(tell(book, buy(order, **form))) == [(order, 1, 1, 100)]
        assert (aisle.crowded, aisle.split) == (not split, split)


def test_in_a_split_aisle_nobody_is_served_by_what_is_not_there() -> None:
    book = crowded()
    tell(book, pool(1, gflops={}), sell(3, firmness="SURPLUS"))  # in an aisle of its own
    north = {**AT_ONCE, "requires": requires(zones_allowed=("north",))}
    tell(book, buy(9, **north), buy(8, **north))
    assert trades(tell(book, pool(6, zone="north"), sell(2, pool=6), buy(7, **north))) == [
        (7, 2, 1, 100)
    ]


def test_in_a_split_aisle_who_takes_any_kind_looks_at_all_of_them() -> None:
    book = crowded()
    tell(book, buy(9, **AT_ONCE), buy(8, **AT_ONCE), pool(1, zone="south"), sell(2, pool=1))
    assert trades(tell(book, buy(7, amount=1))) == [(7, MANY[0], 1, 100)]
    assert trades(tell(book, buy(6, amount=8))) == [(6, 2, 8, 100)]


def test_a_pool_that_moves_takes_its_listings_along() -> None:
    book = crowded()
    tell(book, buy(9, **AT_ONCE), buy(8, **AT_ONCE), pool(4, zone="east", devices=10**6))
    assert trades(tell(book, buy(7, **AT_ONCE))) == [(7, MANY[0], 1, 100)]
    tell(book, pool(4, zone="west", devices=10**6))
    assert trades(tell(book, buy(6, **AT_ONCE))) == [(6, 1, 1, 100)]
