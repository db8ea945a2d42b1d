"""Which quarters are read, over which stretch of wall time, and what a silent meter costs."""

from datetime import UTC, datetime, timedelta

from gridhour_agent.connector import Metered
from gridhour_agent.market_time import QUARTER, MarketClock, quarters
from gridhour_agent.metering import taken, windows_of
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 12, 1, tzinfo=UTC)
REAL = MarketClock(START, START, 1)


@given(factor=st.integers(1, 86_400), seconds=st.integers(0, 10**6))
def test_market_time_and_wall_time_are_each_other_s_inverse(factor: int, seconds: int) -> None:
    clock = MarketClock(START, START + timedelta(days=9), factor)
    wall = START + timedelta(seconds=seconds)

    there = clock.wall(clock.market(wall))

    assert there is not None
    assert abs(there - wall) <= timedelta(microseconds=1)


def test_a_clock_at_rest_and_a_time_before_its_row_are_not_known() -> None:
    assert MarketClock(START, START, 0).wall(START) is None
    assert REAL.wall(START - QUARTER) is None
    assert REAL.market(START - QUARTER) == START
    assert MarketClock.read(REAL.written()) == REAL


def test_quarters_are_whole_and_in_the_half_open_window() -> None:
    assert list(quarters(START, START + QUARTER * 2 + timedelta(seconds=899))) == [
        START,
        START + QUARTER,
    ]


def test_windows_follow_the_clock_or_divide_what_passed() -> None:
    starts = [START, START + QUARTER]
    wall = START + timedelta(hours=1)

    exact = windows_of(starts, REAL, START, wall)
    stepped = MarketClock(wall, START + timedelta(days=1), 1)
    divided = windows_of(starts, stepped, wall - timedelta(seconds=8), wall)

    assert [(one.wall_from, one.wall_to) for one in exact] == [
        (START, START + QUARTER),
        (START + QUARTER, START + QUARTER * 2),
    ]
    assert [one.wall_to - one.wall_from for one in divided] == [timedelta(seconds=4)] * 2
    assert divided[-1].wall_to == wall


def test_reading_stops_at_a_silent_quarter_until_its_grace_is_over() -> None:
    starts = [START + k * QUARTER for k in range(4)]
    answers = [Metered(starts[0], 900), None, Metered(starts[2], 800, 100), None]

    soon = taken(starts, answers, START + timedelta(hours=1))
    later = taken(starts, answers, START + timedelta(hours=1, minutes=30))
    latest = taken(starts, answers, START + timedelta(hours=3))

    assert ([one.delivered_device_seconds for one in soon[0]], soon[1:]) == (
        [900],
        (starts[1], 0),
    )
    assert ([one.unhealthy_device_seconds for one in later[0]], later[1:]) == (
        [0, 100],
        (starts[3], 1),
    )
    assert latest[1:] == (starts[3] + QUARTER, 2)
