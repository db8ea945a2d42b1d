"""Idle hours: peaks of use, known bookings, rectangles, and what an hour costs."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.cluster import ClusterView, Node, Queued, Use
from delivery.domain.idle import booked_by_hour, peak_by_hour, rectangles
from delivery.domain.pricing import ask_of, marginal_fen
from delivery.domain.proposing import (
    Expected,
    PoolCosts,
    RuleLimits,
    devices_allowed,
    is_sure,
    proposals,
)
from exchange.window import hour_number, hour_start

START = datetime(2026, 11, 23, 4, tzinfo=UTC)
FIRST = hour_number(START)


def use(devices: int, from_minute: int, to_minute: int, *, account: str = "lab") -> Use:
    minutes = timedelta(minutes=1)
    return Use(
        "job", account, "gpu", devices, START + from_minute * minutes, START + to_minute * minutes
    )


def test_a_minute_of_use_takes_the_hour() -> None:
    assert peak_by_hour([use(4, 59, 61)], FIRST, 3) == [4, 4, 0]


def test_one_after_the_other_is_not_both_at_once() -> None:
    assert peak_by_hour([use(4, 0, 30), use(4, 30, 60)], FIRST, 2) == [4, 0]
    assert peak_by_hour([use(4, 0, 31), use(4, 30, 60)], FIRST, 2) == [8, 0]


def test_work_from_before_and_beyond_counts_within() -> None:
    assert peak_by_hour([use(2, -600, 6_000)], FIRST, 2) == [2, 2]
    assert peak_by_hour([use(2, -60, 0), use(3, 120, 180)], FIRST, 2) == [0, 0]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(-200, 800), st.integers(1, 400))))
def test_the_peak_is_that_of_counting_every_minute(jobs: list[tuple[int, int, int]]) -> None:
    uses = [use(devices, begin, begin + length) for devices, begin, length in jobs]
    by_minute = [
        sum(d for d, begin, length in jobs if begin <= minute < begin + length)
        for minute in range(600)
    ]

    peaks = peak_by_hour(uses, FIRST, 10)

    assert peaks == [max(by_minute[hour * 60 : hour * 60 + 60]) for hour in range(10)]


def test_running_work_is_booked_until_its_limit_and_waiting_work_from_now() -> None:
    queued = [Queued("next", "lab", "gpu", 8, 5_400)]

    assert booked_by_hour([use(4, -60, 61)], queued, FIRST, 4) == [12, 12, 0, 0]


def test_rectangles_lie_side_by_side_in_whole_nodes() -> None:
    found = rectangles([20, 20, 20, 9, 9, 0], 8, most=3, longest_hours=24)

    assert found == [(0, 3, 16), (3, 2, 8)]


@given(
    st.lists(st.integers(0, 40), max_size=30),
    st.integers(1, 8),
    st.integers(1, 12),
)
def test_no_device_hour_is_in_two_rectangles(idle: list[int], node: int, longest: int) -> None:
    left = list(idle)
    for first, hours, devices in rectangles(idle, node, most=4, longest_hours=longest):
        assert devices % node == 0
        assert 0 < hours <= longest
        for hour in range(first, first + hours):
            left[hour] -= devices
            assert left[hour] >= 0


def test_a_device_hour_costs_tariff_times_pue_times_power_rounded_up() -> None:
    # 700 W × 1.2 × ¥ 0.35 a kWh = 29.4 fen.
    assert marginal_fen(700, 1_200, [35_000]) == 30
    # Over a night and a day hour: the average, rounded once.
    assert marginal_fen(700, 1_200, [35_000, 70_000]) == 45
    assert marginal_fen(1, 1_000, [1]) == 1


def test_an_ask_covers_cost_and_markup_and_never_goes_below_the_floor() -> None:
    assert ask_of(300_000, markup_bp=2_000, floor_micros=0) == 360_000
    assert ask_of(310_000, markup_bp=33, floor_micros=0) == 320_000
    assert ask_of(300_000, markup_bp=0, floor_micros=5_000_001) == 5_010_000


def test_proposals_carry_their_cost_and_how_often_they_were_true() -> None:
    history = tuple([64 if hour % 24 < 8 else 0 for hour in range(14 * 24)])
    expected = Expected(FIRST, (64, 64, 0, 0), 8, history, FIRST)
    costs = PoolCosts(700, 1_000, tuple([10_000] * 12 + [100_000] * 12))

    one = proposals(expected, costs, [0, 1, 12, 13])[0]

    assert (hour_start(one.first_hour), one.hours, one.devices) == (START, 2, 64)
    assert one.marginal_micros == 70_000
    assert (one.weeks_idle, one.weeks_seen) == (2, 2)


def test_a_rule_lists_whole_nodes_within_what_is_left_of_its_day() -> None:
    limits = RuleLimits(most_devices=30, most_device_hours_a_day=100, sure_bp=9_000)

    assert devices_allowed(64, 2, node=8, limits=limits, listed_device_hours=0) == 24
    assert devices_allowed(64, 2, node=8, limits=limits, listed_device_hours=68) == 16
    assert devices_allowed(64, 2, node=8, limits=limits, listed_device_hours=100) == 0
    assert is_sure(9, 10, 9_000)
    assert not is_sure(8, 10, 9_000)
    assert not is_sure(0, 0, 0)


def test_what_the_exchange_sold_is_not_the_sites_own_work() -> None:
    ours = use(8, 0, 60, account="gh-gh-2026-000017-g1")
    view = ClusterView(
        START,
        START,
        (Node("n1", frozenset({"gpu"}), 8), Node("n2", frozenset({"cpu"}), 0)),
        (ours, use(2, 0, 60)),
        (Queued("q", "lab", "other", 1, 60),),
        (ours, use(2, 0, 60)),
    ).partition("gpu")

    assert [node.name for node in view.nodes] == ["n1"]
    assert [one.devices for one in view.running] == [one.devices for one in view.history] == [2]
    assert view.queued == ()
