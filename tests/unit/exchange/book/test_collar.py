"""The collar around references, and halts: what must not trade now."""

from typing import Any

import pytest

from exchange.book import Book
from exchange.book.commands import Cancel, Funds, Halt, Member, Reference, Resume
from exchange.book.events import Halted, Rejected, Resumed
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

H100 = Reference(chip="h100", price_micros=YUAN, nominal_gflops=1_000_000)
H20 = Reference(chip="h20", price_micros=YUAN // 2, nominal_gflops=250_000)


def test_no_buy_trades_a_tenth_above_the_reference() -> None:
    book = market(H100, sell(1, ask_micros=1_110_000))
    (refused,) = tell(book, buy(9))
    assert isinstance(refused, Rejected)
    assert refused.code == "E-COLLAR-01"
    assert refused.facts == {"price_micros": 1_110_000, "bound_micros": 1_100_000, "chip": "h100"}
    assert trades(tell(book, sell(2, ask_micros=1_100_000), buy(9))) == [(9, 2, 8, 100)]


def test_an_order_that_fills_in_part_within_the_collar_is_not_refused() -> None:
    book = market(H100, sell(1, ask_micros=1_110_000), sell(2, devices=2))
    assert trades(tell(book, buy(9, splittable=True))) == [(9, 2, 2, 100)]


def test_an_order_whose_limit_or_listings_are_within_the_collar_rests() -> None:
    book = market(H100, sell(1, ask_micros=1_110_000), pool(4, chip="b200"))
    assert endings(tell(book, buy(8, limit_micros=YUAN))) == []
    assert endings(tell(book, buy(9, amount=9))) == []
    chosen = requires(chips_allowed=("b200",))
    assert endings(tell(book, sell(2, pool=4, devices=1), buy(7, requires=chosen))) == []


def test_all_or_nothing_within_the_collar_is_refused_for_what_lies_beyond() -> None:
    book = market(H100, sell(1, devices=4), sell(2, devices=4, ask_micros=1_110_000))
    order = buy(9, splittable=True, time_in_force="FOK")
    assert refusal(tell(book, order)) == ("E-COLLAR-01", "limit_micros")


def test_no_sell_trades_a_tenth_below_the_reference() -> None:
    book = market(H100, buy(9, limit_micros=890_000), buy(8, limit_micros=900_000, amount=4))
    digest = book.digest()
    assert refusal(tell(book, sell(1, ask_micros=500_000))) == ("E-COLLAR-01", "ask_micros")
    assert book.digest() == digest
    assert trades(tell(book, sell(2, devices=4, ask_micros=500_000))) == [(8, 2, 4, 100)]


def test_no_limit_is_five_times_above_the_dearest_chip_that_it_could_buy() -> None:
    book = market(H100, H20, pool(4, chip="h20", zone="east", stack="CUDA", memory_gb=96))
    assert refusal(tell(book, buy(9, limit_micros=5_010_000))) == ("E-COLLAR-01", "limit_micros")
    assert len(tell(book, buy(9, limit_micros=5_000_000))) == 1
    narrowed: list[dict[str, Any]] = [
        {"chips_allowed": ("h20",)},
        {"zones_allowed": ("east",)},
        {"stack": "CUDA"},
    ]
    for number, narrow in enumerate(narrowed):
        order = buy(20 + number, limit_micros=2_510_000, requires=requires(**narrow))
        assert refusal(tell(book, order)) == ("E-COLLAR-01", "limit_micros")
    more = requires(min_memory_gb=96)
    assert refusal(tell(book, buy(8, limit_micros=2_510_000, requires=more)))[0] == "E-COLLAR-01"
    tell(book, pool(4, chip="h20", active=False))
    assert len(tell(book, buy(8, limit_micros=2_510_000, requires=more))) == 1


def test_limits_per_pflops_are_compared_by_nominal_compute() -> None:
    book = market(H100, H20, pool(4, chip="h20"))
    order = buy(9, unit="PFLOPS", amount=250_000, limit_micros=10_010_000)
    (refused,) = tell(book, order)
    assert isinstance(refused, Rejected)
    assert (refused.facts["bound_micros"], refused.facts["chip"]) == (10_000_000, "h20")


@pytest.mark.parametrize(
    ("scope", "subject", "stopped"),
    [
        ("MARKET", "", {"buy", "sell"}),
        ("MEMBER", str(BEN), {"buy"}),
        ("MEMBER", str(ADA), {"sell"}),
        ("CHIP", "h100", {"sell"}),
    ],
)
def test_a_halt_stops_its_subject_until_it_is_resumed(
    scope: str, subject: str, stopped: set[str]
) -> None:
    book = market(buy(1, limit_micros=YUAN // 2))
    (halted,) = tell(book, Halt(scope=scope, subject=subject, reason="storm"))
    assert isinstance(halted, Halted)
    assert (halted.scope, halted.subject) == (scope, subject)
    tried = {"buy": tell(book, buy(8, limit_micros=YUAN // 2)), "sell": tell(book, sell(8))}
    assert {word for word, told in tried.items() if isinstance(told[0], Rejected)} == stopped
    assert all(refusal(tried[word]) == ("E-HALT-01", "") for word in stopped)
    assert refusal(tell(book, Halt(scope=scope, subject=subject))) == ("E-HALT-02", "")
    assert endings(tell(book, Cancel(order=1, member=BEN))) == [(1, "CANCELLED", "BY_BUYER")]
    (resumed,) = tell(book, Resume(scope=scope, subject=subject))
    assert isinstance(resumed, Resumed)
    assert refusal(tell(book, Resume(scope=scope, subject=subject))) == ("E-HALT-03", "")
    assert trades(tell(book, sell(9), buy(9)))[0][2] == 8


def test_a_halt_of_what_is_not_known_yet_holds_when_it_comes() -> None:
    book = market(Halt(scope="CHIP", subject="b200"), Halt(scope="MEMBER", subject="7"))
    tell(book, Halt(scope="MEMBER", subject="nobody"), pool(4, chip="b200"), Member(member=7))
    assert refusal(tell(book, sell(1, pool=4))) == ("E-HALT-01", "")
    assert refusal(tell(book, buy(9, member=7))) == ("E-HALT-01", "")
    assert refusal(tell(book, Halt(scope="ALL"))) == ("E-CHOICE-01", "scope")


def resting() -> Book:
    """Listings of Ada and Cai, and an order of Ben below them."""
    return market(sell(1), sell(2, pool=3, member=CAI, ask_micros=1_500_000), buy(9, amount=9))


def test_what_a_halted_or_suspended_member_has_open_is_passed_over() -> None:
    book = resting()
    tell(book, Halt(scope="MEMBER", subject=str(ADA)), Member(member=BEN, state="SUSPENDED"))
    assert trades(tell(book, buy(8, member=CAI, self_trade="CANCEL_OLDEST"))) == []
    assert trades(tell(book, sell(3, pool=3, member=CAI, devices=9))) == []
    tell(book, Member(member=BEN), Funds(member=BEN, available_micros=YUAN))
    assert trades(tell(book, sell(4, pool=3, member=CAI, devices=9))) == [(9, 4, 9, 100)]


def test_what_is_listed_from_a_halted_chip_or_a_closed_pool_is_passed_over() -> None:
    book = resting()
    tell(book, pool(4, chip="b200"), sell(3, pool=4, ask_micros=1_900_000))
    tell(book, pool(1, active=False), Halt(scope="CHIP", subject="b200"))
    assert trades(tell(book, buy(8))) == [(8, 2, 8, 100)]
    tell(book, pool(1), Resume(scope="CHIP", subject="b200"))
    assert trades(tell(book, buy(7), buy(6))) == [(7, 1, 8, 100), (6, 1, 8, 102)]
