"""Units, prices, windows, grades, lifecycles, postings and sharing, at their edges."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from exchange.grade import grade_of
from exchange.invariant import Invariant
from exchange.lifecycle import Lifecycle, MoveRefused
from exchange.posting import Line, Posting, PostingUnbalanced
from exchange.price import (
    floor_tick,
    gross_up,
    hold_micros,
    net_of,
    per_pflops_hour,
    value_micros,
    within_limit,
)
from exchange.refusal import Refused
from exchange.sharing import share_out
from exchange.units import ceil_div, half_even_div
from exchange.window import (
    NotAWindow,
    Window,
    ceil_hour,
    day_start,
    delivery_day,
    hour_from,
    hour_number,
    hour_of_day,
    hour_start,
)

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_values_round_half_to_even() -> None:
    assert [half_even_div(n, 2) for n in (1, 3, 5, -1)] == [0, 2, 2, 0]
    assert half_even_div(7, 4) == 2
    assert value_micros(1_850_000, 3_600) == 1_850_000
    assert value_micros(1, 1_800) == 0
    assert ceil_div(7, 2) == 4


def test_gross_rounds_up_and_net_rounds_down() -> None:
    assert gross_up(1, 600) == 2
    assert net_of(gross_up(1_000_000, 600), 600) == 1_000_000


def test_a_hold_is_the_limit_value_with_vat_capped_by_the_budget() -> None:
    facts: dict[str, Any] = {
        "unit": "DEVICES",
        "amount": 8,
        "hours": 2,
        "limit_micros": 2_000_000,
        "vat_bp": 600,
    }
    assert hold_micros(**facts, budget_micros=None) == 33_920_000
    assert hold_micros(**facts, budget_micros=1_000_000) == 1_000_000
    pflops = facts | {"unit": "PFLOPS", "amount": 8_000_000}
    assert hold_micros(**pflops, budget_micros=None) == 33_920_000


def test_limits_are_compared_without_division() -> None:
    facts: dict[str, Any] = {
        "unit": "PFLOPS",
        "credited": 2_500_000,
        "hours": 2,
        "limit_micros": 2_000_000,
    }
    assert within_limit(value_micros=10_000_000, **facts)
    assert not within_limit(value_micros=10_000_001, **facts)
    assert floor_tick(1_669_999) == 1_660_000
    assert per_pflops_hour(1_850_000, 989_000) == 1_870_576


def test_a_window_is_of_whole_utc_hours_and_never_empty() -> None:
    window = Window(NOON, NOON + 3 * HOUR)
    assert window.hours == 3
    assert list(window.starts()) == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert window.contains(Window(NOON, NOON + HOUR))
    assert window.overlaps(Window(NOON + 2 * HOUR, NOON + 4 * HOUR))
    assert not window.overlaps(Window(NOON + 3 * HOUR, NOON + 4 * HOUR))
    china = timezone(8 * HOUR)
    for start, end in (
        (NOON, NOON),
        (NOON + HOUR, NOON),
        (NOON.replace(minute=1), NOON + HOUR),
        (NOON.replace(tzinfo=None), NOON + HOUR),
        (NOON.astimezone(china), NOON + HOUR),
    ):
        with pytest.raises(NotAWindow):
            Window(start, end)


def test_a_delivery_day_begins_at_sixteen_utc() -> None:
    start = day_start(date(2026, 11, 23))
    assert start == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert delivery_day(start) == date(2026, 11, 23)
    assert delivery_day(start - HOUR) == date(2026, 11, 22)
    assert hour_of_day(start) == 0
    assert ceil_hour(NOON) == NOON
    assert ceil_hour(NOON + timedelta(seconds=1)) == NOON + HOUR
    assert hour_start(hour_number(NOON)) == NOON


def test_the_hour_from_an_instant_is_its_own_or_the_next() -> None:
    assert hour_from(NOON) == hour_number(NOON)
    assert hour_from(NOON + timedelta(microseconds=1)) == hour_number(NOON) + 1
    assert hour_from(NOON - timedelta(seconds=1)) == hour_number(NOON)


def test_grades_group_by_stack_memory_and_fabric() -> None:
    facts: dict[str, Any] = {
        "stack": "CUDA",
        "memory_gb": 80,
        "scale_up_gbs": 450,
        "scale_out_gbps": 400,
    }
    assert grade_of(**facts) == "CUDA-80-CLUSTER"
    assert grade_of(**facts | {"scale_out_gbps": 100}) == "CUDA-80-NODE"
    assert grade_of(**facts | {"memory_gb": 96, "scale_up_gbs": 64}) == "CUDA-MAX-DEVICE"


def test_a_lifecycle_permits_its_moves_and_no_others() -> None:
    life = Lifecycle(start="A", moves={"A": frozenset({"B"}), "B": frozenset()})
    life.check("A", "B")
    with pytest.raises(MoveRefused):
        life.check("B", "A")
    assert life.states == {"A", "B"}
    assert life.ends == {"B"}
    assert Lifecycle(start="A", moves={}).states == {"A"}


def test_a_lopsided_posting_is_not_built() -> None:
    assert Posting("k", (Line("a", 1), Line("b", -1))).lines
    for lines in ((Line("a", 1),), (), (Line("a", 0),), (Line("a", 0), Line("b", 0))):
        with pytest.raises(PostingUnbalanced):
            Posting("k", lines)


def test_sharing_needs_something_to_share_by() -> None:
    assert share_out(10, [1, 1, 1]) == [4, 3, 3]
    for weights in ([], [0, 0], [2, -1]):
        with pytest.raises(ValueError, match="weights"):
            share_out(10, weights)


def test_a_refusal_says_its_code_and_sentence() -> None:
    assert str(Refused()) == "E-REFUSED The request was refused."
    assert "from B to A" in str(MoveRefused(before="B", after="A"))
    assert Invariant("C", "s", "SELECT 1").code == "C"
