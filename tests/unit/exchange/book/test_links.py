"""Devices and link together: what is taken, in which order, and what everybody pays."""

from typing import Any

import pytest

from exchange.book import Book
from exchange.book.commands import Buy, Halt, Link, Member, Pool, Said
from exchange.book.events import Linked, Traded
from tests.unit.exchange.book.talk import (
    ADA,
    BEN,
    CAI,
    YUAN,
    buy,
    endings,
    market,
    pool,
    refusal,
    requires,
    sell,
    tell,
    trades,
)

WIRE, NET = 7, 8  # carriers
WEST, EAST = 11, 12  # pools of two zones


def link(number: int = 1, **facts: Any) -> Link:
    """Ten Gbit/s from the west to Shanghai in every hour, at ten fen per Gbit/s-hour."""
    base: dict[str, Any] = {"carrier": WIRE, "zone": "west", "city": "shanghai", "gbps": 10}
    prices = {"price_micros_per_gbps_hour": 100_000, "price_micros_per_gb": 10_000}
    return Link(link=number, **{**base, **prices, "rtt_us": 20_000, **facts})


def wants(order: int, link_gbps: int = 10, **facts: Any) -> Buy:
    """Eight devices for two hours with ten Gbit/s to Shanghai."""
    asked = {"link_gbps": link_gbps, **facts.pop("asks", {})}
    return buy(order, requires=requires(**asked), **{"city": "shanghai", **facts})


def zones(*more: Said) -> Book:
    """A market with a pool in the west and one in the east, two carriers, and no links yet."""
    carriers = [Member(member=number, capabilities=("CARRIER",)) for number in (WIRE, NET)]
    return market(*carriers, _pool(WEST, "west"), _pool(EAST, "east"), *more)


def _pool(number: int, zone: str) -> Pool:
    return pool(number, zone=zone, rtt_us={"shanghai": 20_000})


def west(listing: int, **facts: Any) -> Said:
    return sell(listing, pool=WEST, **facts)


def east(listing: int, **facts: Any) -> Said:
    return sell(listing, pool=EAST, **facts)


def linked(events: list[Any]) -> list[tuple[int, int, int, int]]:
    """Return order, link, Gbit/s and first hour of each link that was sold."""
    found = [event for event in events if isinstance(event, Linked)]
    return [(event.order, event.link, event.gbps, event.first_hour) for event in found]


def test_an_order_takes_devices_and_link_together() -> None:
    events = tell(zones(link(), west(1)), wants(9, asks={"move_gb": 40}, vat_bp=600))

    sold = next(event for event in events if isinstance(event, Linked))
    traded = next(event for event in events if isinstance(event, Traded))
    assert sold.traded == traded.number == sold.number - 1
    assert (sold.carrier, sold.link, sold.gbps, sold.gb) == (WIRE, 1, 10, 40)
    assert sold.value_micros == 10 * 2 * 100_000 + 40 * 10_000
    assert sold.gross_micros == 2_400_000 * 106 // 100
    hold = 32 * YUAN * 106 // 100
    assert events[-1].released_micros == hold - traded.gross_micros - sold.gross_micros


def test_without_a_link_nothing_is_taken() -> None:
    book = zones(west(1), link(gbps=9))
    assert trades(tell(book, wants(9, time_in_force="IOC"))) == []
    assert trades(tell(book, buy(8))) == [(8, 1, 8, 100)]


def test_the_landed_price_decides_and_not_the_ask() -> None:
    book = zones(
        west(1, ask_micros=YUAN),
        east(2, ask_micros=YUAN + 100_000),
        link(1, price_micros_per_gbps_hour=500_000),
        link(2, zone="east"),
    )
    assert trades(tell(book, wants(9))) == [(9, 2, 8, 100)]


def test_of_equal_landed_prices_the_earlier_start_then_the_earlier_listing_wins() -> None:
    dear, cheap = YUAN + 100_000, YUAN
    asks = {"asks": {"move_gb": 0}, "link_gbps": 8}
    book = zones(
        west(1, ask_micros=cheap, first_hour=101),
        east(2, ask_micros=dear),
        link(1, price_micros_per_gbps_hour=200_000),
        link(2, zone="east"),
    )
    assert trades(tell(book, wants(9, **asks))) == [(9, 2, 8, 100)]


def test_the_cheapest_link_with_room_in_each_hour_is_taken() -> None:
    book = zones(
        west(1, devices=32),
        link(1, carrier=NET, price_micros_per_gbps_hour=200_000),
        link(2, used={101: 1}),
    )
    assert linked(tell(book, wants(9, last_hour=102))) == [(9, 1, 10, 100)]
    assert linked(tell(book, wants(8, link_gbps=9, last_hour=102))) == [(8, 2, 9, 100)]


def test_a_later_start_is_taken_where_only_then_link_and_devices_are_free_together() -> None:
    book = zones(west(1, devices=16), link(used={101: 5}))
    assert linked(tell(book, wants(9))) == [(9, 1, 10, 102)]


def test_of_links_that_cost_the_same_the_first_is_taken() -> None:
    book = zones(west(1), link(2, carrier=NET), link(1))
    assert linked(tell(book, wants(9))) == [(9, 1, 10, 100)]


def test_data_to_move_takes_no_room_of_the_link() -> None:
    book = zones(west(1, devices=24), link(used=dict.fromkeys(range(100, 110), 10)))
    events = tell(book, wants(9, link_gbps=0, asks={"move_gb": 40_000}, limit_micros=50 * YUAN))
    assert linked(events) == [(9, 1, 0, 100)]


def test_a_link_beyond_the_round_trip_does_not_serve() -> None:
    book = zones(west(1), link(1, rtt_us=20_001), link(2, price_micros_per_gbps_hour=200_000))
    assert linked(tell(book, wants(9, asks={"max_rtt_us": 20_000}))) == [(9, 2, 10, 100)]


def test_the_limit_covers_ask_and_link() -> None:
    book = zones(west(1), link())
    # Sixteen device-hours at one yuan and twenty Gbit/s-hours at ten fen: 18 of 18 yuan.
    enough = 18 * YUAN // 16 // 10_000 * 10_000 + 10_000
    assert trades(tell(book, wants(9, limit_micros=enough - 10_000, time_in_force="IOC"))) == []
    assert trades(tell(book, wants(8, limit_micros=enough, time_in_force="IOC"))) == [
        (8, 1, 8, 100)
    ]


def test_the_hold_does_not_depend_on_the_link() -> None:
    events = tell(zones(), wants(9), buy(8))
    assert [event.held_micros for event in events] == [32 * YUAN, 32 * YUAN]


def test_an_arriving_listing_gets_what_the_limit_leaves_beside_the_link() -> None:
    book = zones(link(price_micros_per_gbps_hour=110_000), wants(9))
    traded = next(event for event in tell(book, west(1)) if isinstance(event, Traded))
    # (32 yuan - 2.20 yuan) ÷ 16 device-hours = 1.8625: down to the tick.
    assert traded.price_micros == 1_860_000


def test_an_arriving_listing_prefers_who_pays_more_beside_the_link() -> None:
    dear = wants(9, limit_micros=2 * YUAN)
    plain = buy(8, limit_micros=1_900_000)
    book = zones(link(price_micros_per_gbps_hour=110_000), dear, plain)
    assert trades(tell(book, west(1))) == [(8, 1, 8, 100), (9, 1, 8, 102)]


def test_two_orders_that_meet_one_listing_do_not_share_a_narrow_link() -> None:
    first = wants(9, last_hour=102)
    second = wants(8, last_hour=102)
    book = zones(link(gbps=15), first, second)
    events = tell(book, west(1, devices=16))
    assert trades(events) == [(9, 1, 8, 100)]
    assert linked(events) == [(9, 1, 10, 100)]


def test_the_second_of_two_orders_pays_for_the_dearer_link_that_is_left() -> None:
    book = zones(
        link(1, gbps=15),
        link(2, carrier=NET, price_micros_per_gbps_hour=200_000),
        wants(9, last_hour=102),
        wants(8, last_hour=102),
    )
    events = tell(book, west(1, devices=16))
    assert linked(events) == [(9, 1, 10, 100), (8, 2, 10, 100)]
    prices = [event.price_micros for event in events if isinstance(event, Traded)]
    assert prices == [1_870_000, 1_750_000]


def test_the_start_at_which_the_link_costs_least_is_sold_to_a_waiting_order() -> None:
    cheap = link(2, price_micros_per_gbps_hour=10_000, used={100: 1, 101: 1})
    book = zones(link(1), cheap, wants(9))
    assert linked(tell(book, west(1))) == [(9, 2, 10, 102)]


def test_facts_of_a_link_let_nothing_trade_and_what_is_sold_stays_sold() -> None:
    book = zones(west(1, devices=16), wants(9, last_hour=102))
    assert tell(book, link()) == []
    assert linked(tell(book, wants(8, last_hour=102))) == [(8, 1, 10, 100)]
    tell(book, link(gbps=19, used={100: 0}))
    assert linked(tell(book, wants(7, last_hour=102, time_in_force="IOC"))) == []
    tell(book, link(gbps=20))
    assert linked(tell(book, wants(6, last_hour=102, time_in_force="IOC"))) == [(6, 1, 10, 100)]


@pytest.mark.parametrize(
    "fact",
    [
        link(active=False),
        link(zone="east"),
        link(city="beijing"),
        Member(member=WIRE, capabilities=("CARRIER",), state="SUSPENDED"),
        Member(member=WIRE, capabilities=("SELLER",)),
        Member(member=WIRE, capabilities=("CARRIER",), owner="ben"),
        Halt(scope="MEMBER", subject=str(WIRE)),
    ],
    ids=["withdrawn", "elsewhere", "another city", "suspended", "no carrier", "own", "halted"],
)
def test_a_link_that_may_not_trade_serves_nobody(fact: Said) -> None:
    book = zones(west(1), link(), Member(member=BEN, capabilities=("BUYER",), owner="ben"), fact)
    assert linked(tell(book, wants(9, time_in_force="IOC"))) == []


def test_self_trade_prevention_concerns_devices_and_takes_no_link() -> None:
    both = Member(member=BEN, owner="ada", capabilities=("BUYER",))
    ada = Member(member=1, owner="ada", capabilities=("SELLER",))
    book = zones(ada, both, link(), west(1))
    events = tell(book, wants(9, self_trade="DECREMENT"))
    assert linked(events) == []
    assert endings(events) == [(9, "CANCELLED", "SELF_TRADE")]
    assert book.state()["links"][0][1] == []


def test_an_own_order_that_gave_up_its_devices_is_not_met_again_for_its_link() -> None:
    both = Member(member=BEN, owner="ada", capabilities=("BUYER",))
    ada = Member(member=ADA, owner="ada", capabilities=("SELLER",))
    own, other = wants(9, limit_micros=3 * YUAN), buy(8, member=CAI)
    book = zones(ada, both, link(), own, other)
    events = tell(book, west(1, devices=16, hours=2, self_trade="DECREMENT"))
    assert trades(events) == [(8, 1, 8, 100)]
    assert linked(events) == []
    assert endings(events)[0] == (9, "CANCELLED", "SELF_TRADE")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"city": ""}, "link_gbps"),
        ({"splittable": True}, "link_gbps"),
        ({"city": "", "link_gbps": 0, "asks": {"move_gb": 1}}, "move_gb"),
        ({"splittable": True, "link_gbps": 0, "asks": {"move_gb": 1}}, "move_gb"),
    ],
)
def test_a_link_needs_a_city_and_serves_one_site(facts: dict[str, Any], field: str) -> None:
    assert refusal(tell(zones(), wants(9, **facts))) == ("E-CONFLICT-01", field)


def test_a_restored_book_knows_what_of_a_link_is_sold() -> None:
    book = zones(west(1, devices=16), link(gbps=15))
    tell(book, wants(9, last_hour=102))
    again = Book.restore(book.state())
    assert again.digest() == book.digest()
    assert linked(tell(again, wants(8, last_hour=102, time_in_force="IOC"))) == []
    assert linked(tell(again, wants(7, link_gbps=5, last_hour=102))) == [(7, 1, 5, 100)]


def test_a_dear_link_is_explained_as_a_step_and_in_the_landed_price() -> None:
    book = zones(west(1), east(2), link(price_micros_per_gbps_hour=800_000))
    told = book.explain(wants(9))
    assert told.survivors["AMOUNT"] == 2 + 0
    assert (told.survivors["LINK"], told.survivors["PRICE"]) == (1, 1)
    assert (told.landed_micros, told.link_micros) == (32 * YUAN, 16 * YUAN)
    assert told.fills_at_limit_micros == 2 * YUAN
    assert told.blocked_by == ""
    assert book.explain(wants(9, link_gbps=11)).blocked_by == "LINK"
