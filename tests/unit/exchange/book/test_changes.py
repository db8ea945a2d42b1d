"""Replacing an order, repricing a listing: who asks for less keeps its place in time."""

from typing import Any

import pytest

from exchange.book.commands import Clock, Funds, Limit, Member, Reference, Replace, Reprice
from exchange.book.events import Replaced
from tests.unit.exchange.book.talk import (
    ADA,
    BEN,
    CAI,
    HOUR,
    YUAN,
    buy,
    endings,
    market,
    refusal,
    sell,
    tell,
    trades,
)

DATED = {"time_in_force": "GTD", "expires_s": 99 * HOUR}


def replace(order: int, **facts: Any) -> Replace:
    return Replace(order=order, **{"member": BEN, "version": 1, **facts})


def reprice(listing: int, **facts: Any) -> Reprice:
    return Reprice(listing=listing, **{"member": ADA, "version": 1, **facts})


def test_an_order_for_less_keeps_its_place() -> None:
    book = market(buy(8), buy(9))
    (replaced,) = tell(book, replace(8, amount=4))
    assert isinstance(replaced, Replaced)
    assert (replaced.version, replaced.arrival, replaced.held_micros) == (2, 1, 16 * YUAN)
    assert trades(tell(book, sell(1, devices=4))) == [(8, 1, 4, 100)]


@pytest.mark.parametrize("more", [{"amount": 9}, {"limit_micros": 2 * YUAN + 10_000}])
def test_an_order_for_more_goes_to_the_end(more: dict[str, int]) -> None:
    book = market(buy(8), buy(9, limit_micros=2 * YUAN + 10_000))
    (replaced,) = tell(book, replace(8, **more))
    assert isinstance(replaced, Replaced)
    assert replaced.arrival == 3
    assert trades(tell(book, sell(1)))[0] == (9, 1, 8, 100)


def test_an_order_changed_to_pay_more_meets_what_is_listed() -> None:
    book = market(sell(1, ask_micros=3 * YUAN), buy(8), buy(9, **DATED))
    events = tell(book, replace(8, limit_micros=3 * YUAN))
    assert (trades(events), endings(events)) == ([(8, 1, 8, 100)], [(8, "FILLED", "")])
    (replaced,) = tell(book, replace(9, expires_s=100 * HOUR))
    assert isinstance(replaced, Replaced)
    assert tell(book, Clock(now_s=99 * HOUR, first_open=100)) == []


def test_a_partly_filled_order_may_not_become_less_than_it_has() -> None:
    book = market(sell(1, devices=4), buy(9, splittable=True))
    assert refusal(tell(book, replace(9, amount=4))) == ("E-RANGE-01", "amount")
    assert refusal(tell(book, replace(9, budget_micros=YUAN))) == ("E-BUDGET-01", "budget_micros")
    assert len(tell(book, replace(9, amount=5))) == 1


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"order": 7}, ("E-NOT-FOUND", "order")),
        ({"version": 2}, ("E-VERSION-01", "version")),
        ({}, ("E-CONFLICT-01", "amount")),
        ({"limit_micros": 1}, ("E-PRICE-01", "limit_micros")),
        ({"expires_s": 100 * HOUR}, ("E-EXPIRY-01", "expires_s")),
        ({"order": 8, "expires_s": 1}, ("E-EXPIRY-01", "expires_s")),
        ({"amount": 10**9}, ("E-FUNDS-01", "limit_micros")),
    ],
)
def test_a_wrong_change_is_refused_and_the_order_stays(facts: Any, told: tuple[str, str]) -> None:
    book = market(buy(9), buy(8, **DATED), Funds(member=BEN, available_micros=YUAN))
    digest = book.digest()
    assert refusal(tell(book, replace(**{"order": 9, **facts}))) == told
    assert book.digest() == digest


def test_a_change_is_refused_to_who_may_not_trade_or_writes_too_much() -> None:
    book = market(buy(9), sell(1, ask_micros=3 * YUAN))
    tell(book, Member(member=BEN, state="SUSPENDED"), Member(member=ADA, state="SUSPENDED"))
    assert refusal(tell(book, replace(9, amount=4))) == ("E-MEMBER-01", "")
    assert refusal(tell(book, reprice(1, devices=4))) == ("E-MEMBER-01", "")
    tell(book, Limit(most_messages=1))
    assert refusal(tell(book, replace(9, amount=4))) == ("E-LIMIT-04", "")
    assert refusal(tell(book, reprice(1, devices=4))) == ("E-LIMIT-04", "")


def test_a_change_that_only_the_collar_keeps_from_trading_is_refused() -> None:
    reference = Reference(chip="h100", price_micros=YUAN, nominal_gflops=1)
    book = market(reference, sell(1, ask_micros=2 * YUAN), buy(9, limit_micros=YUAN))
    assert refusal(tell(book, replace(9, limit_micros=2 * YUAN))) == ("E-COLLAR-01", "limit_micros")
    book = market(reference, buy(9, limit_micros=YUAN // 2), sell(1, ask_micros=YUAN))
    assert refusal(tell(book, reprice(1, ask_micros=YUAN // 2))) == ("E-COLLAR-01", "ask_micros")


def test_a_listing_of_fewer_devices_keeps_its_place() -> None:
    book = market(sell(1), sell(2))
    (replaced,) = tell(book, reprice(1, devices=4))
    assert isinstance(replaced, Replaced)
    assert (replaced.side, replaced.version, replaced.arrival) == ("SELL", 2, 1)
    assert trades(tell(book, buy(9, amount=4))) == [(9, 1, 4, 100)]


def test_a_cheaper_listing_arrives_anew_and_meets_who_waits() -> None:
    book = market(sell(1, ask_micros=3 * YUAN), buy(9))
    assert trades(tell(book, reprice(1, ask_micros=2 * YUAN))) == [(9, 1, 8, 100)]


def test_a_listing_grows_only_into_what_the_pool_has_free() -> None:
    book = market(sell(1), sell(2, devices=16))
    assert refusal(tell(book, reprice(1, devices=17))) == ("E-CAP-01", "devices")
    (replaced,) = tell(book, reprice(1, devices=16))
    assert isinstance(replaced, Replaced)
    assert replaced.arrival == 3
    assert refusal(tell(book, sell(3, devices=1))) == ("E-CAP-01", "devices")


def test_a_listing_keeps_what_it_has_sold_and_ends_when_nothing_else_is_left() -> None:
    book = market(sell(1, hours=2), buy(9, amount=5))
    assert refusal(tell(book, reprice(1, devices=4))) == ("E-RANGE-01", "devices")
    assert endings(tell(book, reprice(1, devices=5))) == [(1, "SOLD", "")]


def test_hours_that_have_closed_do_not_change_with_the_listing() -> None:
    book = market(sell(1, hours=4), buy(9, amount=8, last_hour=102))
    tell(book, Clock(now_s=99 * HOUR, first_open=102))
    assert len(tell(book, reprice(1, devices=2))) == 1
    assert trades(tell(book, buy(8, amount=2))) == [(8, 1, 2, 102)]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"member": CAI}, ("E-NOT-FOUND", "listing")),
        ({"member": 0}, ("E-NOT-FOUND", "listing")),
        ({"version": 2}, ("E-VERSION-01", "version")),
        ({}, ("E-CONFLICT-01", "devices")),
        ({"ask_micros": 1}, ("E-PRICE-01", "ask_micros")),
        ({"devices": 1}, ("E-RANGE-01", "devices")),
        ({"devices": 30}, ("E-LIMIT-02", "devices")),
    ],
)
def test_a_wrong_new_price_is_refused_and_the_listing_stays(
    facts: Any, told: tuple[str, str]
) -> None:
    book = market(sell(1, min_devices=2), Limit(member=ADA, most_order_devices=20))
    digest = book.digest()
    assert refusal(tell(book, reprice(1, **facts))) == told
    assert book.digest() == digest
