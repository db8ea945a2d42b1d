"""Nobody trades with itself: the newest goes, the oldest goes, or both give up the rectangle."""

from typing import Any

from exchange.book import Book
from exchange.book.commands import Member
from exchange.book.events import Reduced
from tests.unit.exchange.book.talk import ADA, CAI, YUAN, buy, endings, market, sell, tell, trades


def own(mode: str, **facts: Any) -> dict[str, Any]:
    return {"member": CAI, "self_trade": mode, **facts}


def listed() -> Book:
    """Cai's own listing is the cheapest, then comes Ada's."""
    book = market(sell(1, pool=3, member=CAI, devices=4, hours=2))
    tell(book, sell(2, ask_micros=2 * YUAN, hours=2))
    return book


def test_the_newest_goes() -> None:
    book = listed()
    assert endings(tell(book, buy(9, amount=4, **own("CANCEL_NEWEST")))) == [
        (9, "CANCELLED", "SELF_TRADE")
    ]
    lots = tell(book, buy(8, **own("CANCEL_NEWEST", splittable=True, amount=4)))
    assert endings(lots) == [(8, "CANCELLED", "SELF_TRADE")]


def test_the_oldest_goes_and_the_rest_is_filled() -> None:
    book = listed()
    events = tell(book, buy(9, **own("CANCEL_OLDEST", splittable=True)))
    assert endings(events)[0] == (1, "WITHDRAWN", "SELF_TRADE")
    assert trades(events) == [(9, 2, 8, 100)]


def test_all_or_nothing_ends_its_own_before_anything_trades() -> None:
    book = market(sell(1, devices=4), sell(2, pool=3, member=CAI, devices=4, ask_micros=2 * YUAN))
    fok = own("CANCEL_OLDEST", splittable=True, time_in_force="FOK")
    events = tell(book, buy(9, **fok))
    assert endings(events) == [(2, "WITHDRAWN", "SELF_TRADE"), (9, "CANCELLED", "FOK")]


def test_both_give_up_the_rectangle() -> None:
    book = listed()
    events = tell(book, buy(9, **own("DECREMENT", splittable=True, amount=6)))
    (reduced,) = [event for event in events if isinstance(event, Reduced)]
    assert (reduced.listing, reduced.devices, reduced.released_micros) == (1, 4, 16 * YUAN)
    assert trades(events) == [(9, 2, 2, 100)]
    assert endings(events) == [(1, "WITHDRAWN", "SELF_TRADE"), (9, "FILLED", "")]


def test_an_order_that_only_met_its_own_is_cancelled() -> None:
    book = listed()
    events = tell(book, buy(9, **own("DECREMENT", amount=2)))
    assert endings(events) == [(9, "CANCELLED", "SELF_TRADE")]
    fok = own("DECREMENT", splittable=True, amount=4, time_in_force="FOK")
    assert endings(tell(book, buy(8, **fok)))[-1] == (8, "FILLED", "")


def waiting(**facts: Any) -> Book:
    """Cai's own order pays most, then comes Ben's."""
    return market(buy(9, member=CAI, limit_micros=3 * YUAN, **facts), buy(8))


def test_an_arriving_listing_goes_before_its_own_order() -> None:
    events = tell(waiting(), sell(1, pool=3, **own("CANCEL_NEWEST")))
    assert endings(events) == [(1, "WITHDRAWN", "SELF_TRADE")]
    hour = market(buy(9, member=CAI, hours=1, last_hour=101))
    events = tell(hour, sell(1, pool=3, hours=1, **own("CANCEL_NEWEST")))
    assert endings(events) == [(1, "WITHDRAWN", "SELF_TRADE")]


def test_an_arriving_listing_ends_its_own_order_and_sells_to_the_next() -> None:
    events = tell(waiting(), sell(1, pool=3, **own("CANCEL_OLDEST")))
    assert trades(events) == [(8, 1, 8, 100)]
    assert endings(events) == [(9, "CANCELLED", "SELF_TRADE"), (8, "FILLED", "")]


def test_an_arriving_listing_and_its_own_order_give_up_the_same() -> None:
    book = waiting(budget_micros=20 * YUAN, splittable=True)
    events = tell(book, sell(1, pool=3, devices=4, hours=2, **own("DECREMENT")))
    (reduced,) = [event for event in events if isinstance(event, Reduced)]
    assert (reduced.order, reduced.devices, reduced.released_micros) == (9, 4, 0)
    assert endings(events) == [(1, "WITHDRAWN", "SELF_TRADE")]
    events = tell(book, sell(2, pool=3, **own("DECREMENT")))
    assert endings(events) == [(9, "CANCELLED", "SELF_TRADE"), (8, "FILLED", "")]


def test_two_members_of_one_owner_do_not_trade() -> None:
    book = market(Member(member=ADA, owner="cai"), sell(1))
    assert endings(tell(book, buy(9, member=CAI))) == [(9, "CANCELLED", "SELF_TRADE")]
