"""How orders and listings end: by the clock, by their members, by their time in force."""

from exchange.book.commands import Cancel, CancelAll, Clock, Withdraw
from exchange.book.events import Ended
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


def clock(first_open: int, now_s: int = 99 * HOUR) -> Clock:
    return Clock(now_s=now_s, first_open=first_open)


def test_an_order_ends_with_the_gate_of_its_last_start() -> None:
    book = market(buy(9), buy(8, last_hour=103))
    assert endings(tell(book, clock(101))) == []
    assert endings(tell(book, clock(102))) == [(8, "EXPIRED", "GATE_CLOSED")]
    assert endings(tell(book, clock(140))) == [(9, "EXPIRED", "GATE_CLOSED")]


def test_a_partly_filled_order_ends_with_the_gate_of_its_start() -> None:
    book = market(sell(1, devices=4, hours=2), buy(9, splittable=True), buy(8, splittable=True))
    tell(book, sell(2, devices=4, first_hour=103, hours=2))
    assert endings(tell(book, clock(101))) == [(9, "EXPIRED", "GATE_CLOSED")]
    assert endings(tell(book, clock(103))) == []
    assert endings(tell(book, clock(104))) == [(8, "EXPIRED", "GATE_CLOSED")]


def test_a_listing_ends_when_its_last_hour_has_closed() -> None:
    book = market(sell(1), sell(2, hours=2))
    assert endings(tell(book, clock(101))) == []
    assert endings(tell(book, clock(102))) == [(2, "EXPIRED", "GATE_CLOSED")]
    assert trades(tell(book, buy(9))) == [(9, 1, 8, 102)]
    assert endings(tell(book, clock(200))) == [(1, "EXPIRED", "GATE_CLOSED")]


def test_an_order_ends_at_its_expiry_and_orders_go_before_listings() -> None:
    book = market(sell(1, ask_micros=3 * YUAN))
    dated = {"time_in_force": "GTD", "expires_s": 99 * HOUR + 1}
    tell(book, buy(8), buy(9, **dated), buy(7, **dated))
    assert endings(tell(book, clock(110))) == [
        (8, "EXPIRED", "GATE_CLOSED"),
        (9, "EXPIRED", "GATE_CLOSED"),
        (7, "EXPIRED", "GATE_CLOSED"),
        (1, "EXPIRED", "GATE_CLOSED"),
    ]
    book = market(sell(1, ask_micros=3 * YUAN), buy(8), buy(9, **dated))
    assert endings(tell(book, clock(110, now_s=100 * HOUR)))[:2] == [
        (8, "EXPIRED", "GATE_CLOSED"),
        (9, "EXPIRED", "EXPIRY"),
    ]


def test_a_cancelled_order_does_not_expire_again_and_time_never_runs_back() -> None:
    book = market(buy(9, time_in_force="DAY", expires_s=99 * HOUR))
    tell(book, Cancel(order=9, member=BEN))
    assert tell(book, clock(100), clock(90, now_s=0)) == []
    assert refusal(tell(book, sell(1, first_hour=99))) == ("E-GATE-01", "first_hour")


def test_a_cancelled_order_gives_its_hold_back_and_is_cancelled_once() -> None:
    book = market(buy(9))
    (ended,) = tell(book, Cancel(order=9, member=BEN))
    assert isinstance(ended, Ended)
    assert (ended.reason, ended.released_micros) == ("BY_BUYER", 32 * YUAN)
    assert refusal(tell(book, Cancel(order=9, member=BEN))) == ("E-STATE-01", "order")
    assert refusal(tell(book, Cancel(order=9, member=CAI))) == ("E-NOT-FOUND", "order")
    assert refusal(tell(book, Cancel(order=1, member=BEN))) == ("E-NOT-FOUND", "order")


def test_a_listing_is_withdrawn_by_its_seller_or_by_the_exchange() -> None:
    book = market(sell(1), sell(2))
    assert refusal(tell(book, Withdraw(listing=1, member=CAI))) == ("E-NOT-FOUND", "listing")
    assert endings(tell(book, Withdraw(listing=1, member=ADA))) == [(1, "WITHDRAWN", "BY_SELLER")]
    gone = Withdraw(listing=2, reason="UNDELIVERABLE")
    assert endings(tell(book, gone)) == [(2, "WITHDRAWN", "UNDELIVERABLE")]
    assert refusal(tell(book, gone)) == ("E-STATE-01", "listing")
    assert refusal(tell(book, Withdraw(listing=1, member=CAI))) == ("E-NOT-FOUND", "listing")


def test_all_that_a_member_has_open_ends_orders_first() -> None:
    book = market(sell(1, pool=3, member=CAI), buy(9, member=CAI, limit_micros=YUAN // 2))
    tell(book, buy(8, member=CAI, limit_micros=YUAN // 2))
    assert [id_ for id_, _, _ in endings(tell(book, CancelAll(member=CAI)))] == [9, 8, 1]
    assert tell(book, CancelAll(member=CAI)) == []
    assert refusal(tell(book, CancelAll(member=77))) == ("E-NOT-FOUND", "member")


def test_an_order_at_once_takes_what_there_is() -> None:
    book = market(sell(1, devices=4))
    events = tell(book, buy(9, splittable=True, time_in_force="IOC"))
    assert trades(events) == [(9, 1, 4, 100)]
    assert endings(events)[-1] == (9, "CANCELLED", "IOC")


def test_all_or_nothing_takes_all_or_nothing() -> None:
    book = market(sell(1, devices=4), sell(2, devices=4, first_hour=101))
    at_first = {"first_hour": 100, "last_hour": 102, "splittable": True, "time_in_force": "FOK"}
    events = tell(book, buy(9, **at_first))
    assert (trades(events), endings(events)) == ([], [(9, "CANCELLED", "FOK")])
    assert len(trades(tell(book, buy(8, splittable=True, time_in_force="FOK")))) == 2


def test_an_order_for_the_auction_waits_and_never_trades_here() -> None:
    book = market(sell(1), buy(9, time_in_force="GFA"))
    assert trades(tell(book, sell(2))) == []
    assert endings(tell(book, Cancel(order=9, member=BEN))) == [(9, "CANCELLED", "BY_BUYER")]
