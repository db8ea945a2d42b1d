from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from timetable.actions import (
    ClockFactorOutOfRange,
    ClockRunsBackwards,
    rest_clock,
    resume_clock,
    set_clock,
    step_to,
)
from timetable.domain.clock import Clock
from timetable.models import ClockRow
from timetable.queries import clock_in_force, clock_state, market_now, wall_now

WALL = datetime(2026, 11, 23, 8, tzinfo=UTC)
MARKET = datetime(2026, 12, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def _market_time(wall: datetime) -> datetime:
    return clock_in_force().market_time(wall)


def test_market_time_runs_by_its_factor() -> None:
    clock = Clock(wall_origin=WALL, market_origin=MARKET, factor=180)

    assert clock.market_time(WALL + 20 * SECOND) == MARKET + timedelta(hours=1)
    assert clock.market_time(WALL - SECOND) == MARKET
    assert (clock.wall_seconds(3600), clock.wall_seconds(1)) == (20, 1)
    assert Clock(WALL, MARKET, 0).wall_seconds(60) is None


@pytest.mark.django_db
def test_without_a_row_market_time_is_real_time() -> None:
    assert abs(market_now() - wall_now()) < SECOND
    assert clock_state().accelerated is False


@pytest.mark.django_db
def test_a_stepped_clock_rests_until_the_next_step() -> None:
    set_clock(market_at=MARKET, factor=180, reason="demo", wall=WALL)
    step_to(market_at=MARKET + DAY, reason="next due", wall=WALL + SECOND)

    assert _market_time(WALL + DAY) == MARKET + DAY
    assert clock_state().seconds_per_market_hour == 0


@pytest.mark.django_db
@pytest.mark.parametrize("factor", [0, 1, 180])
def test_market_time_never_goes_back(factor: int) -> None:
    set_clock(market_at=MARKET, factor=factor, reason="first", wall=WALL)
    current = _market_time(WALL + 60 * SECOND)

    with pytest.raises(ClockRunsBackwards):
        step_to(market_at=current - SECOND, reason="back", wall=WALL + 60 * SECOND)
    step_to(market_at=current, reason="here", wall=WALL + 60 * SECOND)


@pytest.mark.django_db
def test_a_pause_skips_no_days() -> None:
    set_clock(market_at=MARKET, factor=180, reason="demo", wall=WALL)
    rest_clock(reason="stopped", wall=WALL + 20 * SECOND)
    resume_clock(last_seen=None, factor=180, reason="started again", wall=WALL + 7 * DAY)

    assert _market_time(WALL + 7 * DAY) == MARKET + timedelta(hours=1)
    assert _market_time(WALL + 7 * DAY + 20 * SECOND) == MARKET + timedelta(hours=2)


@pytest.mark.django_db
def test_what_a_clock_left_running_showed_to_nobody_is_taken_back() -> None:
    set_clock(market_at=MARKET, factor=180, reason="demo", wall=WALL)
    seen = WALL + 20 * SECOND

    resume_clock(last_seen=seen, factor=180, reason="after a power cut", wall=WALL + 7 * DAY)

    assert _market_time(WALL + 7 * DAY) == MARKET + timedelta(hours=1)


@pytest.mark.django_db
def test_a_new_market_starts_at_the_next_hour_after_all_that_was_loaded() -> None:
    loaded = WALL + timedelta(minutes=7)

    row = resume_clock(last_seen=None, factor=1, reason="first", wall=loaded)

    assert row.market_origin == WALL + timedelta(hours=1) > loaded


@pytest.mark.django_db
@pytest.mark.parametrize("factor", [-1, 86_401])
def test_market_time_is_never_reversed_nor_faster_than_a_day_a_second(factor: int) -> None:
    with pytest.raises(ClockFactorOutOfRange):
        set_clock(market_at=MARKET, factor=factor, reason="wild", wall=WALL)


@pytest.mark.django_db
def test_the_database_keeps_the_clock_even_from_the_code() -> None:
    row = set_clock(market_at=MARKET, factor=180, reason="demo", wall=WALL)

    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        ClockRow.objects.update(factor=1)
    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        row.delete()
    with pytest.raises(DatabaseError, match="never goes back"), transaction.atomic():
        ClockRow.objects.create(
            wall_origin=WALL + SECOND, market_origin=MARKET - SECOND, factor=1, reason="back"
        )
