"""A window may be far wider than the book: an order costs what it meets, not what it might."""

import pytest

from exchange.book import Book
from exchange.book import commands as say
from exchange.book.events import Happened, Traded

FAR = 2**60


def traded(events: list[Happened]) -> list[tuple[int, int, int]]:
    fills = [event for event in events if isinstance(event, Traded)]
    return [(fill.listing, fill.first_hour, fill.devices) for fill in fills]


@pytest.fixture
def book() -> Book:
    book = Book()
    book.apply(say.Pool(pool=1, seller=1, chip="H", devices=8))
    for member in (1, 2):
        book.apply(say.Member(member=member))
    book.apply(say.Funds(member=2, available_micros=10**12))
    return book


def sell(listing: int, first_hour: int, devices: int, ask: int, hours: int = 2) -> say.Sell:
    return say.Sell(
        listing=listing,
        member=1,
        pool=1,
        devices=devices,
        first_hour=first_hour,
        hours=hours,
        ask_micros=ask * 10_000,
    )


def buy(amount: int, limit: int = 100, *, splittable: bool = True) -> say.Buy:
    return say.Buy(
        order=1,
        member=2,
        amount=amount,
        hours=2,
        first_hour=0,
        last_hour=2 * FAR,
        limit_micros=limit * 10_000,
        splittable=splittable,
    )


@pytest.mark.parametrize("splittable", [True, False])
def test_an_order_for_any_time_takes_the_cheapest_hours(book: Book, splittable: bool) -> None:
    book.apply(sell(1, 10, 4, ask=90))
    book.apply(sell(2, FAR, 4, ask=80))

    assert traded(book.apply(buy(4, splittable=splittable))) == [(2, FAR, 4)]


def test_of_equal_totals_the_earlier_start_wins(book: Book) -> None:
    book.apply(sell(1, FAR, 4, ask=80))
    book.apply(sell(2, 20, 4, ask=80))
    book.apply(sell(3, 10, 2, ask=80))
    book.apply(sell(4, 10, 2, ask=80))

    assert traded(book.apply(buy(4))) == [(3, 10, 2), (4, 10, 2)]


def test_a_dearer_listing_reaches_no_start_that_is_beaten_already(book: Book) -> None:
    book.apply(sell(1, 30, 2, ask=70))
    book.apply(sell(2, 20, 4, ask=80))
    book.apply(sell(3, 10, 4, ask=90))

    assert traded(book.apply(buy(4))) == [(2, 20, 4)]


def test_a_listing_far_ahead_meets_an_order_for_any_time(book: Book) -> None:
    book.apply(buy(4))

    assert traded(book.apply(sell(1, FAR, 4, ask=80))) == [(1, FAR, 4)]
    assert book.apply(say.Clock(now_s=FAR, first_open=FAR)) == []
