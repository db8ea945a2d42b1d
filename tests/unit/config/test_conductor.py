"""The journey's page names real work, and one bad stage stops nothing."""

from datetime import timedelta

import psycopg
import pytest
from celery import current_app
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from config.conductor import HOUSEKEEPING, JOURNEY, LEGS, LOCK_SPACE, WAKES, Leg, run_stage, walk
from config.timetable_of_work import EveryMarketQuarterHour, beat_schedule, seconds_between_turns
from timetable.actions import set_clock
from timetable.queries import wall_now

ON_THE_PAGE = {stage for leg in JOURNEY for stage in leg.stages} | set(HOUSEKEEPING)


def own_tasks() -> set[str]:
    current_app.loader.import_default_modules()
    return {name for name in current_app.tasks if not name.startswith(("celery.", "config."))}


def test_every_stage_on_the_page_is_a_task_of_its_room() -> None:
    assert own_tasks() >= ON_THE_PAGE


def test_every_task_of_a_room_has_its_place_on_the_page() -> None:
    assert own_tasks() <= ON_THE_PAGE


def test_every_fact_wakes_a_leg_that_exists() -> None:
    assert set(WAKES.values()) <= set(LEGS)


@given(factor=st.integers(min_value=0, max_value=86_400))
def test_work_is_looked_for_every_market_quarter_hour_within_one_and_ten_seconds(
    factor: int,
) -> None:
    seconds = seconds_between_turns(factor)

    assert 1 <= seconds <= 10
    assert factor == 0 or seconds in {1, 10} or seconds == 900 // factor


@pytest.mark.django_db
def test_the_turn_follows_the_market_clock() -> None:
    now = wall_now()
    set_clock(market_at=now, factor=180, reason="one market hour in 20 s", wall=now)
    turn = EveryMarketQuarterHour(app=current_app)

    just_taken, long_ago = turn.is_due(turn.now()), turn.is_due(turn.now() - timedelta(seconds=6))

    assert not just_taken.is_due
    assert long_ago.is_due
    assert long_ago.next == 5


def test_every_leg_and_every_piece_of_housekeeping_is_sent_by_beat() -> None:
    assert len(beat_schedule()) == len(JOURNEY) + len(HOUSEKEEPING)


@pytest.mark.django_db
def test_a_stage_that_fails_does_not_stop_the_stages_after_it() -> None:
    done: list[str] = []

    @current_app.task(name="test.fails")
    def fails() -> None:
        raise RuntimeError

    @current_app.task(name="test.follows")
    def follows() -> None:
        done.append("followed")

    try:
        assert walk(Leg("market", ("test.fails", "test.not_there", "test.follows")))
    finally:
        for task in (fails, follows):
            current_app.tasks.pop(task.name)

    assert done == ["followed"]


@pytest.mark.django_db
def test_a_leg_that_another_worker_walks_is_not_walked_twice() -> None:
    leg = JOURNEY[0]
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        dbname=settings["NAME"],
    ) as other:
        other.execute("SELECT pg_advisory_lock(%s, 0)", [LOCK_SPACE])

        assert not walk(leg)


def test_a_stage_that_is_not_there_is_logged_and_not_raised() -> None:
    run_stage("nobody.knows_this")
