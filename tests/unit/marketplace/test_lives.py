"""What an order or listing was before an event is told from its row and its life."""

from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.window import hour_number
from marketplace.domain.feed import Lives, increment_of, unbroken
from marketplace.domain.feed_refusals import FeedGone
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


WINDOW = {"starts_at": "2026-11-23T04:00:00+00:00", "ends_at": "2026-11-23T05:00:00+00:00"}


def traded(number: int, *, devices: int) -> Happening:
    return event(number, "TRADED", of="both", devices=devices, filled=devices, **WINDOW)


def reduced(number: int, *, devices: int, was: int) -> Happening:
    facts = {"devices": devices, "credited": devices, "was_amount": was}
    return event(number, "REDUCED", of="both", **facts, **WINDOW)


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
    was_amount=8,
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
    life = listing(traded(3, devices=2), REPRICED)

    told = [(life.ask_before(number), life.free_before(number)) for number in (1, 5, 6)]

    assert told == [(100, (8, 8, 8)), (100, (6, 8, 8)), (200, (4, 6, 6))]


def test_an_order_wants_less_after_a_trade_a_reduction_and_a_replacement() -> None:
    life = OrderLife(6, 300, (traded(3, devices=2), reduced(4, devices=1, was=9), SMALLER))

    assert [life.before(number) for number in (1, 4, 5, 7)] == [
        (9, 300),
        (7, 300),
        (6, 300),
        (4, 300),
    ]


def test_an_order_used_up_by_its_own_side_wants_nothing_whatever_its_row_says() -> None:
    life = OrderLife(2, 300, (reduced(4, devices=2, was=2),))

    assert [life.before(number) for number in (4, 5)] == [(2, 300), (0, 300)]


def test_an_event_that_does_not_tell_what_was_asks_for_a_new_snapshot() -> None:
    silent = event(5, "ORDER_REPLACED", of="order"), event(5, "LISTING_REPLACED")
    order, sold = OrderLife(6, 300, (traded(3, devices=2), silent[0])), listing(silent[1])

    assert order.before(6) == (4, 300)
    assert sold.ask_before(6) == 200
    for past in (lambda: order.before(5), lambda: sold.ask_before(5), lambda: sold.free_before(6)):
        with pytest.raises(FeedGone) as refusal:
            past()
        assert refusal.value.facts == {"first": 6}


def test_a_new_ask_moves_the_whole_offer() -> None:
    trade = traded(3, devices=2)

    moved = increment_of(REPRICED, BY_DEVICE, lives(trade, REPRICED)).changes

    assert moved == (
        Run("SELL", 100, FIRST, 1, -6),
        Run("SELL", 100, FIRST + 1, 2, -8),
        Run("SELL", 200, FIRST, 1, 4),
        Run("SELL", 200, FIRST + 1, 2, 6),
    )


def test_two_sides_of_one_owner_give_up_what_they_would_have_traded() -> None:
    given_up = reduced(4, devices=2, was=6)

    changes = increment_of(given_up, BY_DEVICE, lives(given_up)).changes

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
    for facts, shown in (
        ({"scope": "MARKET", "subject": ""}, "MARKET"),
        ({"scope": "MEMBER", "subject": "12"}, "MEMBER"),
        ({"scope": "CHIP", "subject": "h100-sxm"}, "h100-sxm"),
        ({"scope": "CHIP", "subject_id": 1}, "h100-sxm"),
    ):
        halted = Happening(2, "HALTED", NOON, None, None, facts)
        assert increment_of(halted, BY_DEVICE, lives()).halt == shown


def test_numbers_with_a_gap_are_refused() -> None:
    told = [event(number, "LISTING_SOLD") for number in (4, 5, 7)]

    unbroken(told[:2], after=3)
    for after, events in ((2, told[:2]), (3, told)):
        with pytest.raises(FeedGone):
            unbroken(events, after=after)
