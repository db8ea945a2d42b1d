"""What an order or listing was before an event is told from its row and its life."""

from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.window import hour_number
from marketplace.domain.feed import FeedGone, Lives, increment_of, unbroken
from marketplace.domain.levels import Run
from marketplace.domain.lives import Happening, ListingLife, OrderLife
from marketplace.domain.products import Chip, Product, Wish

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
FIRST = hour_number(NOON)
H100 = Chip(1, "h100-sxm", "H100", "nvidia", "CUDA", 80, 989_000)
BY_DEVICE = Product("h100-sxm", "H100", (H100,))
BY_COMPUTE = Product("fp16", "FP16", (H100,))
ANY = Wish("DEVICES", FIRST, FIRST + 4, (), (), (), "", 0)


def event(number: int, kind: str, *, of: str = "listing", **facts: Any) -> Happening:
    ids = {"order": (7, None), "listing": (None, 7), "both": (7, 7)}[of]
    return Happening(number, kind, NOON, *ids, facts)


def took(number: int, kind: str, *, devices: int, filled: int) -> Happening:
    window = {"starts_at": "2026-11-23T04:00:00+00:00", "ends_at": "2026-11-23T05:00:00+00:00"}
    return event(number, kind, of="both", devices=devices, filled=filled, **window)


REPRICED = event(
    5,
    "LISTING_REPLACED",
    devices=6,
    was_devices=8,
    ask_micros=200,
    was_ask_micros=100,
    free=[4, 6, 6],
)
SMALLER = event(
    6,
    "ORDER_REPLACED",
    of="order",
    amount=6,
    was_amount=9,
    limit_micros=300,
    was_limit_micros=300,
)


def listing(*events: Happening) -> ListingLife:
    return ListingLife("h100-sxm", "wuhu", FIRST, 3, 6, 200, 989_000, events)


def lives(*events: Happening) -> Lives:
    ours = [one for one in events if one.order_id]
    return Lives(
        {7: listing(*(one for one in events if one.listing_id))},
        {7: (ANY, OrderLife(6, 300, tuple(ours)))},
        {},
        {1: "h100-sxm"},
    )


def test_a_listing_was_what_its_replacement_says_it_was() -> None:
    life = listing(took(3, "TRADED", devices=2, filled=2), REPRICED)

    assert life.before(1) == (100, (8, 8, 8))
    assert life.before(5) == (100, (6, 8, 8))
    assert life.before(6) == (200, (4, 6, 6))


def test_an_order_wants_less_after_a_trade_a_reduction_and_a_replacement() -> None:
    taken = took(3, "TRADED", devices=2, filled=2), took(4, "REDUCED", devices=1, filled=1)
    life = OrderLife(6, 300, (*taken, SMALLER))

    assert [life.before(number) for number in (1, 4, 5, 7)] == [
        (9, 300),
        (7, 300),
        (6, 300),
        (3, 300),
    ]


def test_a_new_ask_moves_the_whole_offer() -> None:
    trade = took(3, "TRADED", devices=2, filled=2)

    moved = increment_of(REPRICED, BY_DEVICE, lives(trade, REPRICED)).changes

    assert moved == (
        Run("SELL", 100, FIRST, 1, -6),
        Run("SELL", 100, FIRST + 1, 2, -8),
        Run("SELL", 200, FIRST, 1, 4),
        Run("SELL", 200, FIRST + 1, 2, 6),
    )


def test_two_sides_of_one_owner_give_up_what_they_would_have_traded() -> None:
    reduced = took(4, "REDUCED", devices=2, filled=2)

    changes = increment_of(reduced, BY_DEVICE, lives(reduced)).changes

    assert changes == (
        Run("SELL", 200, FIRST, 1, -2),
        Run("BUY", 300, FIRST, 4, -6),
        Run("BUY", 300, FIRST, 4, 4),
    )


def test_compute_is_priced_and_counted_by_the_petaflops() -> None:
    accepted = event(2, "LISTING_ACCEPTED")

    changes = increment_of(accepted, BY_COMPUTE, lives(accepted)).changes

    assert changes == (Run("SELL", 202, FIRST, 3, 6 * 989_000),)


def test_a_halt_of_a_member_does_not_say_whose() -> None:
    for scope, subject, shown in (
        ("MARKET", None, "MARKET"),
        ("MEMBER", 12, "MEMBER"),
        ("CHIP", 1, "h100-sxm"),
    ):
        halted = Happening(2, "HALTED", NOON, None, None, {"scope": scope, "subject_id": subject})
        assert increment_of(halted, BY_DEVICE, lives()).halt == shown


def test_numbers_with_a_gap_are_refused() -> None:
    told = [event(number, "LISTING_SOLD") for number in (4, 5, 7)]

    unbroken(told[:2], after=3)
    for after, events in ((2, told[:2]), (3, told)):
        with pytest.raises(FeedGone):
            unbroken(events, after=after)
