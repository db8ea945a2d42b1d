"""Every no of the book, with its code and the field at fault; nothing else changes."""

from typing import Any

import pytest
from msgspec.structs import replace

from exchange.book.commands import Buy, Clock, Funds, Limit, Member, Pool, Reference, Said, Sell
from tests.unit.exchange.book.talk import (
    ADA,
    BEN,
    CAI,
    HOUR,
    YUAN,
    buy,
    market,
    refusal,
    requires,
    sell,
    tell,
    trades,
)

NOW = 98 * HOUR + 1_800
BUYS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"order": 5}, ("E-IDEM-01", "order")),
    ({"order": 6}, ("E-IDEM-01", "order")),
    ({"member": 77}, ("E-NOT-FOUND", "member")),
    ({"member": ADA}, ("E-MEMBER-02", "")),
    ({"unit": "BARRELS"}, ("E-CHOICE-01", "unit")),
    ({"time_in_force": "GTX"}, ("E-CHOICE-01", "time_in_force")),
    ({"requires": requires(firmness=("SOFT",))}, ("E-CHOICE-01", "firmness")),
    ({"requires": requires(firmness=())}, ("E-CHOICE-01", "firmness")),
    ({"self_trade": "ALLOW"}, ("E-CHOICE-01", "self_trade")),
    ({"limit_micros": 5_000}, ("E-PRICE-01", "limit_micros")),
    ({"time_in_force": "GTD"}, ("E-EXPIRY-01", "expires_s")),
    ({"expires_s": NOW + 1}, ("E-EXPIRY-01", "expires_s")),
    ({"time_in_force": "DAY", "expires_s": NOW}, ("E-EXPIRY-01", "expires_s")),
    ({"min_lot_devices": 2}, ("E-CONFLICT-01", "min_lot_devices")),
    ({"first_hour": 90, "last_hour": 98}, ("E-WINDOW-02", "last_hour")),
    ({"hours": 11}, ("E-WINDOW-03", "hours")),
    ({"first_hour": 97, "last_hour": 101}, ("E-GATE-01", "last_hour")),
    ({"limit_micros": 80 * YUAN}, ("E-LIMIT-01", "limit_micros")),
    ({"amount": 65}, ("E-LIMIT-02", "amount")),
    ({"limit_micros": 10 * YUAN}, ("E-COLLAR-01", "limit_micros")),
    ({"amount": 60}, ("E-FUNDS-01", "limit_micros")),
    ({"amount": 32}, ("E-LIMIT-03", "limit_micros")),
]
SELLS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"listing": 3}, ("E-IDEM-01", "listing")),
    ({"listing": 4}, ("E-IDEM-01", "listing")),
    ({"member": 77}, ("E-NOT-FOUND", "member")),
    ({"member": BEN}, ("E-MEMBER-02", "")),
    ({"pool": 77}, ("E-POOL-01", "pool")),
    ({"pool": 3}, ("E-POOL-01", "pool")),
    ({"pool": 5}, ("E-POOL-01", "pool")),
    ({"firmness": "SOFT"}, ("E-CHOICE-01", "firmness")),
    ({"self_trade": "ALLOW"}, ("E-CHOICE-01", "self_trade")),
    ({"ask_micros": 5_000}, ("E-PRICE-01", "ask_micros")),
    ({"min_devices": 9}, ("E-RANGE-01", "min_devices")),
    ({"min_hours": 11}, ("E-RANGE-01", "min_hours")),
    ({"first_hour": 88}, ("E-WINDOW-02", "hours")),
    ({"first_hour": 99}, ("E-GATE-01", "first_hour")),
    ({"ask_micros": 30 * YUAN}, ("E-LIMIT-01", "ask_micros")),
    ({"devices": 65, "ask_micros": 500_000}, ("E-LIMIT-02", "devices")),
    ({"ask_micros": 190_000}, ("E-COLLAR-01", "ask_micros")),
    ({"devices": 25}, ("E-CAP-01", "devices")),
]


def strict() -> list[Said]:
    """A market with limits, a reference, and something of each kind that has ended."""
    told = Limit(most_order_micros=1_000 * YUAN, most_order_devices=64)
    return [
        told,
        Reference(chip="h100", price_micros=YUAN, nominal_gflops=1_000_000),
        Limit(member=BEN, most_open_micros=120 * YUAN, most_order_devices=64,
              most_order_micros=1_000 * YUAN),
        Pool(pool=5, seller=ADA, chip="h100", devices=9, active=False),
        Funds(member=BEN, available_micros=200 * YUAN),
        buy(6, limit_micros=10_000, time_in_force="IOC"),
        buy(5, limit_micros=10_000),
        sell(3, hours=1, pool=3, member=CAI),
        sell(4, hours=1),
        buy(1, member=CAI, hours=1, limit_micros=YUAN),
    ]  # fmt: skip


@pytest.mark.parametrize(("facts", "told"), BUYS)
def test_a_bad_order_is_refused_by_name(facts: dict[str, Any], told: tuple[str, str]) -> None:
    book = market(*strict())
    digest = book.digest()
    order: Buy = buy(**{"order": 9, **facts})
    assert refusal(tell(book, order)) == told
    assert book.digest() == digest


@pytest.mark.parametrize(("facts", "told"), SELLS)
def test_a_bad_listing_is_refused_by_name(facts: dict[str, Any], told: tuple[str, str]) -> None:
    book = market(*strict())
    digest = book.digest()
    listing: Sell = sell(**{"listing": 9, **facts})
    assert refusal(tell(book, listing)) == told
    assert book.digest() == digest


def test_a_member_that_is_not_admitted_does_not_trade() -> None:
    book = market(Member(member=BEN, state="SUSPENDED"))
    assert refusal(tell(book, buy(9))) == ("E-MEMBER-01", "")
    tell(book, Member(member=ADA, state="APPLIED"))
    assert refusal(tell(book, sell(9))) == ("E-MEMBER-01", "")
    tell(book, Funds(member=8, available_micros=YUAN))
    assert refusal(tell(book, buy(9, member=8))) == ("E-NOT-FOUND", "member")


def test_messages_are_counted_in_each_second_even_if_refused() -> None:
    book = market(Limit(most_messages=2), Limit(member=CAI, most_messages=1))
    assert refusal(tell(book, buy(9, unit="BARRELS"))) == ("E-CHOICE-01", "unit")
    tell(book, buy(9, limit_micros=10_000))
    assert refusal(tell(book, buy(8))) == ("E-LIMIT-04", "")
    assert refusal(tell(book, buy(8))) == ("E-LIMIT-04", "")
    tell(book, sell(1, member=CAI, pool=3))
    assert refusal(tell(book, sell(2, member=CAI, pool=3))) == ("E-LIMIT-04", "")
    tell(book, Clock(now_s=0, first_open=0, second=1))
    assert trades(tell(book, buy(8))) == [(8, 1, 8, 100)]


def test_nobody_sells_for_an_unknown_member_however_often() -> None:
    book = market(Limit(most_messages=1))
    assert refusal(tell(book, buy(8, member=77))) == ("E-NOT-FOUND", "member")
    assert refusal(tell(book, buy(8, member=77))) == ("E-LIMIT-04", "")


def test_a_lot_of_more_than_one_device_is_for_orders_that_may_be_split() -> None:
    lots = {"splittable": True, "min_lot_devices": 4}
    assert trades(tell(market(sell(1, devices=3), sell(2, devices=5)), buy(9, **lots))) == [
        (9, 2, 5, 100)
    ]


def test_what_a_pool_used_before_is_taken() -> None:
    used = Pool(pool=6, seller=ADA, chip="h100", devices=8, used={103: 5})
    book = market(used)
    assert refusal(tell(book, sell(1, pool=6))) == ("E-CAP-01", "devices")
    assert len(tell(book, sell(2, pool=6, devices=3), sell(3, pool=6, hours=3, devices=5))) == 2
    assert refusal(tell(book, sell(4, pool=6, devices=9))) == ("E-CAP-01", "devices")


def test_what_stands_in_an_auction_cannot_be_listed_until_it_comes_back() -> None:
    said = Pool(pool=6, seller=ADA, chip="h100", devices=8, reserved=((103, 5),))
    book = market(said)
    assert refusal(tell(book, sell(1, pool=6, devices=4))) == ("E-CAP-01", "devices")
    tell(book, replace(said, reserved=((103, 4),)))
    assert tell(book, sell(2, pool=6, devices=4))
    assert refusal(tell(book, sell(3, pool=6, devices=1))) == ("E-CAP-01", "devices")
    tell(book, replace(said, reserved=()))
    assert tell(book, sell(4, pool=6, devices=4))
