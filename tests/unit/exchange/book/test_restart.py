"""A restored book does what the first would have done; its hash tells its content alone."""

import json
import os
import subprocess
import sys

from exchange.book import Book
from exchange.book.commands import (
    Cancel,
    Clock,
    Funds,
    Halt,
    Limit,
    Member,
    Pool,
    Reference,
    Said,
    Withdraw,
)
from tests.unit.exchange.book.talk import (
    ADA,
    BEN,
    CAI,
    HOUR,
    YUAN,
    buy,
    market,
    pool,
    refusal,
    requires,
    sell,
    tell,
    trades,
)

PAST: list[Said] = [
    Reference(chip="h100", price_micros=YUAN, nominal_gflops=1_000_000),
    Limit(most_order_devices=64),
    Limit(member=CAI, most_messages=3),
    Member(member=4, owner="cai", capabilities=("BUYER",)),
    Halt(scope="MEMBER", subject="4", reason="storm"),
    Pool(pool=5, seller=ADA, chip="h20", devices=9, used={101: 3, 90: 1}, reserved=((102, 2),)),
    sell(1),
    sell(2, ask_micros=900_000, devices=6),
    buy(9, amount=2, hours=1, requires=requires(max_rtt_us=None, min_memory_gb=40)),
    buy(8, splittable=True, amount=3, limit_micros=YUAN // 2, city="xian"),
    buy(7, time_in_force="GTD", expires_s=100 * HOUR, limit_micros=YUAN // 2),
    buy(6, limit_micros=YUAN // 2),
    Cancel(order=6, member=BEN),
    sell(3, hours=1, first_hour=104),
    Withdraw(listing=3),
    buy(5, limit_micros=YUAN // 2, time_in_force="GFA"),
    Clock(now_s=99 * HOUR, first_open=101),
]
FUTURE: list[Said] = [
    buy(6),
    sell(3),
    sell(11, devices=30),
    buy(10, unit="PFLOPS", amount=9_000_000),
    buy(12, member=4),
    buy(13, splittable=True, amount=20),
    sell(14, pool=3, member=CAI, ask_micros=500_000),
    Clock(now_s=101 * HOUR, first_open=103, second=7),
    Clock(now_s=120 * HOUR, first_open=140),
]


def restored(book: Book) -> Book:
    return Book.restore(json.loads(json.dumps(book.state())))


def test_a_restored_book_has_the_same_future() -> None:
    book = market(*PAST)
    again = restored(book)
    assert (again.digest(), again.number) == (book.digest(), book.number)
    assert again.state() == book.state()
    for said in FUTURE:
        assert again.apply(said) == book.apply(said)
        assert again.digest() == book.digest()


def test_the_hash_is_of_what_there_is_and_not_of_how_it_came() -> None:
    one = market(pool(4, chip="h20"), sell(1), sell(2, hours=2))
    other = market(sell(1), sell(2, hours=2), pool(4, chip="h20"))
    assert one.digest() == other.digest()
    tell(one, Funds(member=BEN, available_micros=1), Funds(member=BEN, available_micros=10**15))
    assert one.digest() == other.digest()
    tell(one, Halt(scope="MEMBER", subject="88"))
    assert one.digest() != other.digest()


def test_equal_hours_are_one_run_however_they_became_equal() -> None:
    book = market(
        sell(1, hours=2), buy(9, hours=1, amount=3), buy(8, hours=1, amount=3, first_hour=101)
    )
    assert restored(book).digest() == book.digest()
    assert trades(tell(restored(book), buy(7, amount=5))) == [(7, 1, 5, 100)]


def test_capacity_of_hours_that_trade_no_more_is_forgotten() -> None:
    book = market(sell(1, devices=32, hours=3), Clock(now_s=99 * HOUR, first_open=102))
    again = restored(book)
    assert again.digest() == book.digest()
    assert refusal(tell(again, sell(2, first_hour=102))) == ("E-CAP-01", "devices")
    tell(again, Withdraw(listing=1))
    assert len(tell(again, sell(2, first_hour=102, devices=32))) == 1
    assert refusal(tell(again, sell(3, first_hour=102, devices=1))) == ("E-CAP-01", "devices")


TELL = """
from tests.unit.exchange.book.test_restart import FUTURE, PAST, market, tell
print(tell(book := market(*PAST), *FUTURE), book.digest())
"""


def test_nothing_depends_on_the_order_of_hashes() -> None:
    def told(seed: str) -> str:
        seeded = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."}
        run = [sys.executable, "-c", TELL]
        return subprocess.run(run, env=seeded, check=True, capture_output=True, text=True).stdout

    assert told("1") == told("2")


def test_recalled_messages_count_for_members_that_are_told_of_later() -> None:
    book = Book()
    book.recall(5, [BEN, BEN])
    book.apply(Clock(now_s=1, first_open=1, second=5))
    book.apply(Member(member=BEN, capabilities=("BUYER",)))
    book.apply(Funds(member=BEN, available_micros=1))

    assert book.state()["messages"] == [(BEN, 2)]
