"""The queue by example: which job starts, where, and why each of the others waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delivery.domain.queue import Capacity, Plan, Preempt, Queue, Running, Unit, Why, plan

NOW = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HELD = Capacity(1, 8, "CUDA", 80, "gui-an", "guizhou", NOW - HOUR, NOW + 6 * HOUR)


def unit(pk: int, **more: Any) -> Unit:
    given: dict[str, Any] = {
        "ids": (pk,),
        "devices": 4,
        "lasts": HOUR,
        "stacks": frozenset({"CUDA"}),
        "submitted_at": NOW + timedelta(seconds=pk),
    }
    return Unit(**given | more)


def look(*waiting: Unit, held: tuple[Capacity, ...] = (HELD,), **more: Any) -> Plan:
    return plan(Queue(NOW, held, more.pop("running", ()), waiting, **more))


def started(found: Plan) -> list[int]:
    return [start.job_id for start in found.starts]


def why(found: Plan) -> dict[int, Why]:
    return {wait.job_id: wait.why for wait in found.waits}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stacks": frozenset({"CANN"})}, Why.NO_STACK),
        ({"min_memory_gb": 96}, Why.NO_MEMORY),
        ({"place": "inner-mongolia"}, Why.NO_PLACE),
        ({"capacity_id": 2}, Why.NOT_ITS_DELIVERY),
        ({"devices": 9}, Why.TOO_LARGE),
        ({"lasts": 7 * HOUR}, Why.WINDOW_TOO_SHORT),
        ({"deadline": NOW + HOUR / 2}, Why.DEADLINE_TOO_NEAR),
        ({"ids": (1, 2, 3)}, Why.GANG_TOO_LARGE),
    ],
)
def test_a_job_that_cannot_start_as_it_is_is_told_why(change: Any, reason: Why) -> None:
    found = look(unit(1, **change))

    assert set(why(found).values()) == {reason}
    assert all(wait.expected_at is None for wait in found.waits)


def test_without_capacity_there_is_nothing_to_wait_for() -> None:
    assert why(look(unit(1), held=())) == {1: Why.NOTHING_HELD}


def test_a_job_goes_where_its_stack_its_memory_and_its_data_are() -> None:
    other = replace(HELD, id=2, stack="CANN", memory_gb=64, site="ulanqab", zone="north")

    found = look(
        unit(1, stacks=frozenset({"CANN", "CUDA"}), place="north"),
        unit(2, stacks=frozenset({"CANN", "CUDA"}), min_memory_gb=70),
        held=(HELD, other),
    )

    assert {(s.job_id, s.capacity_id) for s in found.starts} == {(1, 2), (2, 1)}


def test_a_small_job_fills_the_gap_before_the_head_and_a_long_one_does_not() -> None:
    busy = Running(9, 1, 4, NOW + HOUR, 5)

    found = look(
        unit(1, devices=8, priority=5),
        unit(2, devices=2, lasts=HOUR),
        unit(3, devices=2, lasts=2 * HOUR),
        running=(busy,),
    )

    assert started(found) == [2]
    assert why(found) == {1: Why.DEVICES_BUSY, 3: Why.OTHERS_FIRST}
    assert found.waits[0].expected_at == NOW + HOUR


def test_filling_without_a_look_ahead_would_move_the_head() -> None:
    """The control: what the rule forbids does harm."""
    busy = Running(9, 1, 4, NOW + HOUR, 5)
    greedy = Running(3, 1, 4, NOW + 2 * HOUR, 0)

    found = look(unit(1, devices=8, priority=5), running=(busy, greedy))

    assert found.waits[0].expected_at == NOW + 2 * HOUR


def test_teams_take_turns_by_what_they_have_had() -> None:
    found = look(
        unit(1, team="vision"),
        unit(2, team="vision"),
        unit(3, team="speech"),
        used=(("speech", 3_600),),
    )

    assert started(found) == [1, 3]


def test_a_pressing_deadline_goes_before_its_level() -> None:
    found = look(unit(1, devices=8), unit(2, devices=8, deadline=NOW + 1.5 * HOUR))

    assert started(found) == [2]


def test_age_counts_as_priority() -> None:
    old = unit(2, devices=8, submitted_at=NOW - 31 * HOUR)

    assert started(look(unit(1, devices=8, priority=6), old)) == [1]
    assert started(look(unit(1, devices=8, priority=4), old)) == [2]


def test_a_gang_waits_until_all_can_start_and_then_starts_on_two_deliveries() -> None:
    second = replace(HELD, id=2, devices=4)
    gang = unit(1, ids=(11, 12, 13))

    whole = look(gang, held=(HELD, second))
    part = look(gang, held=(HELD, second), running=(Running(9, 2, 4, NOW + HOUR, 0),))

    assert started(whole) == [11, 12, 13]
    assert started(part) == []
    assert set(why(part).values()) == {Why.GANG_GATHERS}
    assert {wait.expected_at for wait in part.waits} == {NOW + HOUR}


def test_a_delivery_that_begins_later_is_waited_for() -> None:
    later = replace(HELD, opens_at=NOW + HOUR)

    found = look(unit(1), held=(later,))

    assert (found.waits[0].why, found.waits[0].expected_at) == (Why.NOT_OPEN_YET, NOW + HOUR)


def test_urgent_work_makes_room_on_recallable_capacity_only() -> None:
    saves, stays = timedelta(minutes=5), None
    willing = Running(8, 1, 4, NOW + 3 * HOUR, 2, saves)
    firm = Running(9, 1, 4, NOW + 3 * HOUR, 1, stays)
    recallable = replace(HELD, recallable=True)

    found = look(unit(1, priority=5), held=(recallable,), running=(willing, firm))

    assert found.preempts == (Preempt(8, recalled=False),)
    assert why(found) == {1: Why.MAKING_ROOM}
    assert look(unit(1, priority=5), running=(willing, firm)).preempts == ()
    assert look(unit(1, priority=2), held=(recallable,), running=(willing, firm)).preempts == ()


def test_jobs_leave_capacity_that_is_recalled_in_time_to_save() -> None:
    recalled = replace(HELD, closes_at=NOW + timedelta(minutes=10), recallable=True)
    saves = Running(8, 1, 4, NOW + 3 * HOUR, 2, timedelta(minutes=10))
    hurries = Running(9, 1, 2, NOW + 3 * HOUR, 2, timedelta(minutes=5))
    ends = Running(7, 1, 2, NOW + timedelta(minutes=9), 2, timedelta(minutes=30))

    found = look(held=(recalled,), running=(saves, hurries, ends))

    assert found.preempts == (Preempt(8, recalled=True),)
