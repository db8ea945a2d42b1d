"""Where rows stand: shelves in blocks, stretches of hours, and what a look has to touch."""

from exchange.book.bays import Bays
from exchange.book.commands import Clock, Member, Withdraw
from exchange.book.shelves import ARRIVAL_BITS, FULL_BLOCK, Rack, Shelf
from exchange.book.stock import MOST_UNFOLDED
from tests.unit.exchange.book.talk import (
    BEN,
    HOUR,
    YUAN,
    buy,
    endings,
    market,
    pool,
    refusal,
    sell,
    tell,
    trades,
)

MANY = 3 * FULL_BLOCK


def key(price: int, arrival: int) -> int:
    return price << ARRIVAL_BITS | arrival


def full_shelf() -> Shelf[int]:
    shelf: Shelf[int] = Shelf()
    for number in range(MANY):
        shelf.put(key(number * 7 % MANY // 4, number), 5, 6, number)
    return shelf


def test_a_deep_shelf_stays_in_order_and_forgets_what_is_dropped() -> None:
    shelf = full_shelf()
    ranks = [number * 7 % MANY // 4 for _, _, number in shelf.up_to(MANY)]
    assert ranks == sorted(ranks)
    assert len(ranks) == MANY
    for number in range(MANY):
        shelf.drop(key(number * 7 % MANY // 4, number))
    assert not shelf.tops


def test_a_shelf_shows_what_is_at_a_price_or_below() -> None:
    shelf = full_shelf()
    for price in (0, 10, MANY // 8, MANY // 4 - 1):
        shown = {number * 7 % MANY // 4 for _, _, number in shelf.up_to(price)}
        assert shown == set(range(price + 1))


def test_a_window_finds_its_orders_wherever_they_stand() -> None:
    rack: Rack[str] = Rack()
    windows = {"hour": (5, 6), "four": (4, 7), "day": (3, 20), "week": (20, 50), "more": (160, 180)}
    for number, (name, (first, last)) in enumerate(windows.items()):
        rack.put(first, last, key(1, number), name)

    def found(first: int, last: int, hours: int) -> set[str]:
        shelves = rack.reach(first, last, hours)
        return {name for shelf in shelves for _, _, name in shelf.up_to(1)}

    assert found(5, 6, 1) == {"hour", "four", "day", "week", "more"}
    assert found(0, 30, 2) == {"four", "day", "week", "more"}
    assert found(0, 30, 5) == {"day", "week", "more"}
    assert found(6, 7, 1) == {"four", "day", "week", "more"}
    rack.put(9, 10, key(1, 9), "later")
    assert found(0, 10, 1) >= {"hour", "later"}
    assert found(4, 6, 1) >= {"hour"}
    for number, (first, last) in enumerate(windows.values()):
        rack.drop(first, last, key(1, number))
    rack.drop(9, 10, key(1, 9))
    assert not rack.used


def test_a_listing_is_found_once_whatever_stretches_it_touches() -> None:
    bays: Bays[str] = Bays()
    offered = {
        "hour": (5, 6),
        "half": (3, 9),
        "days": (4, 50),
        "weeks": (0, 300),
        "year": (0, 9000),
    }
    for number, (name, (first, last)) in enumerate(offered.items()):
        bays.put(first, last, key(1, number), name)

    def found(first: int, start: int, hours: int) -> list[str]:
        seen = [
            name
            for shelf, since in bays.reach(first, start, hours)
            for begin, _, name in shelf.up_to(1)
            if begin >= since
        ]
        assert len(seen) == len(set(seen))
        return sorted(seen)

    assert found(5, 5, 1) == ["days", "half", "hour", "weeks", "year"]
    assert found(5, 5, 2) == ["days", "half", "weeks", "year"]
    assert found(0, 60, 20) == ["days", "weeks", "year"]
    assert found(0, 900, 100) == ["weeks", "year"]
    assert found(0, 900, 1) == sorted(offered)
    for number, (first, last) in enumerate(offered.values()):
        bays.drop(first, last, key(1, number))
    assert not bays.used


def test_a_deep_book_trades_as_a_shallow_one() -> None:
    listings = [sell(n, devices=1, hours=1 + n % 3, ask_micros=YUAN + n % 7 * 10_000, pool=4)
                for n in range(1, 4 * FULL_BLOCK)]  # fmt: skip
    book = market(pool(4, devices=10**6), *listings)
    events = tell(book, buy(1, splittable=True, amount=800, hours=1, last_hour=103))
    cheapest = list(range(7, 4 * FULL_BLOCK, 7))
    assert [row[1] for row in trades(events)][: len(cheapest)] == cheapest
    assert endings(tell(book, *(Withdraw(listing=n) for n in range(1, 6))))[0][0] == 1


def test_capacity_is_the_same_whenever_it_is_added_up() -> None:
    book = market(Clock(now_s=99 * HOUR, first_open=100))
    for number in range(1, MOST_UNFOLDED + 50):
        tell(book, sell(number, devices=1, hours=1 + number % 3), Withdraw(listing=number))
    assert len(tell(book, sell(10_001, devices=32, hours=40))) == 1
    for _ in range(20):
        assert refusal(tell(book, sell(10_002, devices=1))) == ("E-CAP-01", "devices")
    tell(book, Withdraw(listing=10_001))
    assert len(tell(book, sell(10_002, devices=32))) == 1


def test_a_member_known_again_stands_where_it_stood() -> None:
    book = market(sell(1), Member(member=BEN, capabilities=("BUYER",)))
    assert trades(tell(book, buy(9))) == [(9, 1, 8, 100)]
