"""What a call auction sold is traded at once, at its prices, or refused whole."""

from typing import Any

import pytest
from msgspec.structs import replace

from exchange.book import Book
from exchange.book.awards import Award, AwardedOrder, Carried, Lot
from exchange.book.commands import Cancel, Clock, Halt, Link, Member
from exchange.book.events import Accepted, Ended, Linked, Traded
from tests.unit.exchange.book.talk import (
    ADA,
    BEN,
    CAI,
    YUAN,
    buy,
    market,
    pool,
    refusal,
    requires,
    sell,
    tell,
)

RESERVED = ((100, 8), (101, 8), (102, 8))


def lot(listing: int = 50, **facts: Any) -> Lot:
    base: dict[str, Any] = {"seller": ADA, "pool": 1, "devices": 4, "gflops": 900_000}
    return Lot(listing=listing, **{**base, "prices_micros": (YUAN, 2 * YUAN), **facts})


def awarded(order: int = 60, *lots: Lot, **facts: Any) -> AwardedOrder:
    base: dict[str, Any] = {"first_hour": 100, "hours": 2, "lots": lots or (lot(),)}
    return AwardedOrder(order=order, **{**base, **facts})


def award(*orders: AwardedOrder, **facts: Any) -> Award:
    base: dict[str, Any] = {"member": BEN, "vat_bp": 600}
    return Award(orders=orders or (awarded(),), **{**base, **facts})


def auctioned(*more: Any) -> Book:
    return market(pool(reserved=RESERVED), *more)


def test_every_hour_is_traded_at_its_own_price() -> None:
    book = auctioned()
    events = tell(book, award())
    assert [type(event) for event in events] == [Accepted, Accepted, Traded, Ended, Ended]
    bought, _, trade, sold, filled = events
    assert isinstance(trade, Traded)
    assert isinstance(bought, Accepted)
    assert (trade.price_micros, trade.prices_micros) == (1_500_000, (YUAN, 2 * YUAN))
    assert (trade.value_micros, trade.gross_micros) == (12 * YUAN, 12_720_000)
    assert (trade.arrival, bought.held_micros) == (bought.number, trade.gross_micros)
    assert (sold.state, filled.state) == ("SOLD", "FILLED")  # type: ignore[union-attr]
    # The same price all through needs no list.
    (even,) = [
        event
        for event in tell(book, award(awarded(61, lot(51, prices_micros=(YUAN, YUAN)))))
        if isinstance(event, Traded)
    ]
    assert (even.price_micros, even.prices_micros) == (YUAN, ())


def test_what_was_reserved_is_sold_and_never_for_sale_again() -> None:
    book = auctioned()
    tell(book, award())
    facts, taken = book.state()["pools"][0]
    assert [tuple(one) for one in facts["reserved"]] == [(100, 4), (101, 4), (102, 8)]
    assert dict(taken) == {100: 4, 101: 4}
    assert refusal(tell(book, sell(1, devices=25))) == ("E-CAP-01", "devices")
    # The pool's own fact says the same afterwards: nothing is counted twice.
    tell(book, pool(reserved=((100, 4), (101, 4), (102, 8))))
    assert book.state()["pools"][0] == (facts, taken)
    tell(book, sell(2, devices=24))
    assert Book.restore(book.state()).digest() == book.digest()


def test_an_order_of_several_hours_and_places_is_awarded_whole() -> None:
    book = auctioned(pool(3, seller=CAI, reserved=((100, 2),)))
    first = awarded(60, lot(50), lot(51, seller=CAI, pool=3, devices=2, prices_micros=(YUAN,)))
    wrong = tell(book, award(first))
    assert refusal(wrong) == ("E-AWARD-01", "prices_micros")
    events = tell(
        book,
        award(
            awarded(60, lot(50)),
            awarded(61, lot(51, seller=CAI, pool=3, devices=2, prices_micros=(YUAN,)), hours=1),
        ),
    )
    assert sum(isinstance(event, Traded) for event in events) == 2
    assert [event.number for event in events] == list(range(1, len(events) + 1))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "more", "code"),
    [
        (award(member=99), (), "E-NOT-FOUND"),
        (award(member=ADA), (), "E-MEMBER-02"),
        (award(), (Member(member=BEN, state="SUSPENDED"),), "E-MEMBER-01"),
        (award(), (Member(member=ADA, state="SUSPENDED"),), "E-MEMBER-01"),
        (award(), (Halt(),), "E-HALT-01"),
        (award(), (Halt(scope="MEMBER", subject=str(BEN)),), "E-HALT-01"),
        (award(), (Halt(scope="MEMBER", subject=str(ADA)),), "E-HALT-01"),
        (award(), (Halt(scope="CHIP", subject="h100"),), "E-HALT-01"),
        (award(), (Clock(now_s=100 * 3_600, first_open=102),), "E-GATE-01"),
        (award(awarded(60, lot(devices=9))), (), "E-CAP-01"),
        (award(awarded(60, lot(), lot(51, devices=5))), (), "E-CAP-01"),
        (award(awarded(60, first_hour=102)), (), "E-CAP-01"),
        (award(awarded(60, lot(pool=9))), (), "E-POOL-01"),
        (award(awarded(60, lot(seller=CAI))), (), "E-POOL-01"),
        (award(awarded(60, lots=())), (), "E-AWARD-01"),
        (Award(member=BEN, orders=()), (), "E-AWARD-01"),
        (award(awarded(60), awarded(60, lot(51))), (), "E-IDEM-01"),
        (award(awarded(60, lot(), lot())), (), "E-IDEM-01"),
        (
            award(),
            (
                Member(member=BEN, owner="one", capabilities=("BUYER",)),
                Member(member=ADA, owner="one"),
            ),
            "E-SELF-01",
        ),
    ],
)
def test_an_award_that_may_not_be_traded_changes_nothing(said: Award, more: Any, code: str) -> None:
    book = auctioned(*more)
    before = book.digest()
    assert refusal(tell(book, said))[0] == code
    assert book.digest() == before


def test_a_number_is_used_up_and_an_awarded_order_has_ended() -> None:
    book = auctioned()
    tell(book, award())
    assert refusal(tell(book, award())) == ("E-IDEM-01", "order")
    assert refusal(tell(book, Cancel(order=60, member=BEN)))[0] == "E-STATE-01"


WIRE = 7


def link(**facts: Any) -> Link:
    base: dict[str, Any] = {"carrier": WIRE, "zone": "west", "city": "shanghai", "gbps": 10}
    return Link(link=1, **{**base, "reserved": ((100, 6), (101, 6)), **facts})


def carried(**facts: Any) -> Carried:
    base: dict[str, Any] = {"link": 1, "carrier": WIRE, "gbps": 4, "gb": 5, "first_hour": 100}
    prices = {"price_micros_per_gbps_hour": 3 * YUAN, "price_micros_per_gb": 10_000}
    return Carried(**{**base, "hours": 2, **prices, **facts})


def with_link(*pieces: Carried, **facts: Any) -> Award:
    return award(awarded(60, lot(links=pieces or (carried(),)), **facts))


def wired(*more: Any) -> Book:
    return auctioned(Member(member=WIRE, capabilities=("CARRIER",)), link(), *more)


def test_a_link_is_sold_with_its_lot_at_the_auctions_price() -> None:
    book = wired()
    second = carried(gbps=1, gb=0, first_hour=101, hours=1)
    events = tell(book, with_link(carried(), second))
    kinds = [type(event) for event in events]
    assert kinds == [Accepted, Accepted, Traded, Linked, Linked, Ended, Ended]
    bought, _, trade, first, other, *_ = events
    assert isinstance(first, Linked)
    assert isinstance(other, Linked)
    assert (first.traded, other.traded) == (trade.number, trade.number)  # type: ignore[union-attr]
    assert (first.value_micros, first.gross_micros) == (24_050_000, 25_493_000)
    assert (first.gbps, first.gb, first.first_hour, first.hours) == (4, 5, 100, 2)
    assert other.value_micros == 3 * YUAN
    held = 12_720_000 + 25_493_000 + 3_180_000
    assert bought.held_micros == held  # type: ignore[union-attr]
    facts, used = book.state()["links"][0]
    assert [tuple(one) for one in facts["reserved"]] == [(100, 2), (101, 1)]
    assert dict(used) == {100: 4, 101: 5}
    assert Book.restore(book.state()).digest() == book.digest()


def test_what_of_a_link_stands_in_an_auction_no_order_gets() -> None:
    rich = pool(11, zone="west", rtt_us={"shanghai": 1})
    book = wired(rich, sell(5, pool=11, devices=32))
    asks = requires(link_gbps=5)
    plain = {"city": "shanghai", "limit_micros": 50 * YUAN, "time_in_force": "IOC"}
    early = buy(1, requires=asks, last_hour=102, **plain)
    assert not [event for event in tell(book, early) if isinstance(event, Traded)]
    four = buy(2, requires=requires(link_gbps=4), last_hour=102, **plain)
    assert [event.link for event in tell(book, four) if isinstance(event, Linked)] == [1]
    # Sold to the auction's order, it stays taken; told to stand there no more, it is free.
    tell(book, with_link(carried(gbps=6, gb=0)))
    assert not [event for event in tell(book, replace(early, order=3)) if isinstance(event, Traded)]
    tell(book, link(reserved=(), gbps=20))
    again = tell(book, replace(early, order=4))
    assert [event.link for event in again if isinstance(event, Linked)] == [1]


def test_data_alone_need_no_room_in_the_auction() -> None:
    (sold,) = [
        event for event in tell(wired(), with_link(carried(gbps=0))) if isinstance(event, Linked)
    ]
    assert (sold.gbps, sold.gb, sold.value_micros) == (0, 5, 50_000)


@pytest.mark.parametrize(
    ("said", "more", "refused"),
    [
        (with_link(carried(link=9)), (), ("E-AWARD-01", "links")),
        (with_link(carried(carrier=CAI)), (), ("E-AWARD-01", "links")),
        (with_link(carried(gbps=0, gb=0)), (), ("E-AWARD-01", "links")),
        (with_link(carried(first_hour=99)), (), ("E-AWARD-01", "links")),
        (with_link(carried(first_hour=101)), (), ("E-AWARD-01", "links")),
        (with_link(carried(gbps=7)), (), ("E-AWARD-01", "gbps")),
        (with_link(carried(), carried(gbps=3)), (), ("E-AWARD-01", "gbps")),
        (with_link(), (Member(member=WIRE),), ("E-MEMBER-02", "")),
        (with_link(), (Halt(scope="MEMBER", subject=str(WIRE)),), ("E-HALT-01", "")),
        (
            with_link(),
            (Member(member=WIRE, owner=f"member:{BEN}", capabilities=("CARRIER",)),),
            ("E-SELF-01", "member"),
        ),
    ],
)
def test_a_link_that_may_not_be_sold_keeps_all_of_the_award_back(
    said: Award, more: Any, refused: tuple[str, str]
) -> None:
    book = wired(*more)
    before = book.digest()
    assert refusal(tell(book, said)) == refused
    assert book.digest() == before
