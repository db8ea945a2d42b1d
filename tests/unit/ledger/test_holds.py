"""Holds: set aside, moved, spent, released; never more than there is."""

from datetime import UTC, datetime

import pytest

from exchange.posting import Line
from ledger.actions import (
    FundsShort,
    HoldShort,
    HoldUnknown,
    PostingDiffers,
    hold_funds,
    move_hold,
    release_hold,
    spend_hold,
)
from ledger.queries import balance_of, funds_of, hold_remaining

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_an_order_sets_funds_aside(ben: int) -> None:
    hold_funds(member_id=ben, reason="order:1", amount_micros=400_000_000, now=NOW)

    assert funds_of(ben).available_micros == 600_000_000
    assert funds_of(ben).order_holds_micros == 400_000_000
    assert hold_remaining("order:1") == 400_000_000


def test_more_than_is_available_is_not_held(ben: int) -> None:
    with pytest.raises(FundsShort) as refusal:
        hold_funds(member_id=ben, reason="order:1", amount_micros=1_000_000_001, now=NOW)

    assert refusal.value.facts == {
        "wanted_micros": 1_000_000_001,
        "available_micros": 1_000_000_000,
    }
    assert funds_of(ben).available_micros == 1_000_000_000


def test_the_same_hold_again_changes_nothing_and_another_is_refused(ben: int) -> None:
    first = hold_funds(member_id=ben, reason="order:1", amount_micros=10, now=NOW)

    assert hold_funds(member_id=ben, reason="order:1", amount_micros=10, now=NOW) == first
    with pytest.raises(PostingDiffers):
        hold_funds(member_id=ben, reason="order:1", amount_micros=11, now=NOW)
    assert hold_remaining("order:1") == 10


def test_a_trade_moves_its_share_to_the_agreement(ben: int) -> None:
    hold_funds(member_id=ben, reason="order:1", amount_micros=100, now=NOW)

    for _ in range(2):
        move_hold(
            from_reason="order:1", to_reason="trade:7", amount_micros=60, key="trade:7", now=NOW
        )

    assert hold_remaining("order:1") == 40
    assert hold_remaining("trade:7") == 60
    assert funds_of(ben).agreement_holds_micros == 60


def test_a_hold_gives_no_more_than_what_remains(ben: int) -> None:
    hold_funds(member_id=ben, reason="order:1", amount_micros=100, now=NOW)

    with pytest.raises(HoldShort):
        move_hold(from_reason="order:1", to_reason="t", amount_micros=101, key="k", now=NOW)
    with pytest.raises(HoldShort):
        release_hold(reason="order:1", amount_micros=101, key="k2", now=NOW)

    assert hold_remaining("order:1") == 100


def test_all_that_remains_is_released_once(ben: int) -> None:
    hold_funds(member_id=ben, reason="order:1", amount_micros=100, now=NOW)

    first = release_hold(reason="order:1", amount_micros=None, key="end:1", now=NOW)
    again = release_hold(reason="order:1", amount_micros=None, key="end:1", now=NOW)
    nothing = release_hold(reason="order:1", amount_micros=None, key="end:2", now=NOW)

    assert first == again
    assert nothing is None
    assert funds_of(ben).available_micros == 1_000_000_000


def test_a_settlement_spends_the_hold_on_several_accounts(ben: int, ada: int) -> None:
    hold_funds(member_id=ben, reason="order:1", amount_micros=100, now=NOW)
    move_hold(from_reason="order:1", to_reason="trade:7", amount_micros=100, key="t", now=NOW)
    lines = (Line(f"payable:{ada}", 58), Line("fees", 2))

    for _ in range(2):
        spend_hold(reason="trade:7", lines=lines, key="settlement:1", kind="SETTLEMENT", now=NOW)

    assert hold_remaining("trade:7") == 40
    assert balance_of(f"payable:{ada}") == 58
    with pytest.raises(HoldShort):
        spend_hold(
            reason="trade:7", lines=(Line("fees", 41),), key="s2", kind="SETTLEMENT", now=NOW
        )


def test_what_was_never_held_cannot_be_released(db: None) -> None:
    with pytest.raises(HoldUnknown):
        release_hold(reason="order:99", amount_micros=None, key="k", now=NOW)
