"""Where rows stand: shelves in blocks, stretches of hours, and what a look has to touch."""

from exchange.book.bays import Bays, shown_from
from exchange.book.commands import Clock, Member, Withdraw
from exchange.book.shelves import ARRIVAL_BITS, FULL_BLOCK, Rack, Row, Shelf
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


class Named(Row):
    """A row to be told from others."""

    def __init__(self, key: int, first: int, end: int, name: str) -> None:
        super().__init__(key, first, end)
        self.name = name


def price_of(row: Row) -> int:
    return row.key >> ARRIVAL_BITS


def full_shelf() -> tuple[Shelf[Row], list[Row]]:
    rows = [Row(key(number * 7 % MANY // 4, number), 5, 6) for number in range(MANY)]
    shelf = Shelf(5, rows[0])
    for row in rows[1:]:
        shelf.put(row)
    return shelf, rows


def test_a_deep_shelf_stays_in_order_and_forgets_what_is_dropped() -> None:
    shelf, rows = full_shelf()
    ranks = [price_of(row) for row in shelf]
    assert ranks == sorted(ranks)
    assert len(ranks) == MANY
    assert len(shelf.blocks) > 3
    assert shelf.head() is rows[0]
    for row in rows:
        shelf.drop(row)
    assert not shelf.blocks


def test_what_is_put_where_much_was_dropped_stands_in_its_place() -> None:
    shelf, rows = full_shelf()
    for row in rows[::3]:
        shelf.drop(row)
    for row in rows[::3]:
        shelf.put(row)
    assert list(shelf) == sorted(rows, key=lambda row: row.key)


def test_a_window_finds_its_orders_wherever_they_stand() -> None:
    rack: Rack[Named] = Rack()
    windows = {"hour": (5, 6), "four": (4, 7), "day": (3, 20), "week": (20, 50), "more": (160, 180)}
    rows = [
        Named(key(1, number), first, last, name)
        for number, (name, (first, last)) in enumerate(windows.items())
    ]
    for row in rows:
        rack.put(row)

    def found(first: int, last: int) -> set[str]:
        return {row.name for shelf in rack.reach(first, last) for row in shelf}

    assert found(5, 6) == {"hour", "four", "day", "week", "more"}
    assert found(6, 7) == {"four", "day", "week", "more"}
    assert found(0, 30) == set(windows)
    assert found(170, 171) == {"more"}
    later = Named(key(1, 9), 9, 10, "later")
    rack.put(later)
    assert found(0, 10) >= {"hour", "later"}
    assert found(4, 6) >= {"hour"}
    for row in [*rows, later]:
        rack.drop(row)
    assert not rack.used


def test_a_listing_is_found_once_whatever_stretches_it_touches() -> None:
    bays: Bays[Named] = Bays()
    offered = {
        "hour": (5, 6),
        "half": (3, 9),
        "days": (4, 50),
        "weeks": (0, 300),
        "year": (0, 9000),
    }
    rows = [
        Named(key(1, number), first, last, name)
        for number, (name, (first, last)) in enumerate(offered.items())
    ]
    for row in rows:
        bays.put(row)

    def found(first: int, start: int, hours: int) -> list[str]:
        seen = [
            row.name
            for shelf in bays.reach(first, start, hours)
            for row in shelf
            if row.first >= shown_from(shelf, first)
        ]
        assert len(seen) == len(set(seen))
        return sorted(seen)

    assert found(5, 5, 1) == ["days", "half", "hour", "weeks", "year"]
    assert found(5, 5, 2) == ["days", "half", "weeks", "year"]
    assert found(0, 60, 20) == ["days", "weeks", "year"]
    assert found(0, 900, 100) == ["weeks", "year"]
    assert found(0, 900, 1) == sorted(offered)
    for row in rows:
        bays.drop(row)
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
    for number in range(1, 300):
        tell(book, sell(number, devices=1, hours=1 + number % 3), Withdraw(listing=number))
    assert len(tell(book, sell(10_001, devices=32, hours=40))) == 1
    for _ in range(20):
        assert refusal(tell(book, sell(10_002, devices=1))) == ("E-CAP-01", "devices")
    tell(book, Withdraw(listing=10_001))
    assert len(tell(book, sell(10_002, devices=32))) == 1


def test_a_member_known_again_stands_where_it_stood() -> None:
    book = market(sell(1), Member(member=BEN, capabilities=("BUYER",)))
    assert trades(tell(book, buy(9))) == [(9, 1, 8, 100)]
