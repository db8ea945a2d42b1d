"""Every state that must end names a task that beat starts; the others say why they may last."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app

from config.conductor import HOUSEKEEPING, JOURNEY
from config.lifecycles import all_lifecycles
from config.state_owners import STATE_OWNERS_OF
from exchange.lifecycle import Lifecycle

SWEEPERS = {stage for leg in JOURNEY for stage in leg.stages} | set(HOUSEKEEPING)
TABLES = {(room, name): table for room, name, table in all_lifecycles()}


def test_every_lifecycle_says_who_ends_its_states() -> None:
    assert set(STATE_OWNERS_OF) == set(TABLES)


@pytest.mark.parametrize("named", sorted(TABLES), ids=" ".join)
def test_every_state_that_can_be_left_has_an_owner_on_the_timetable_or_a_reason(
    named: tuple[str, str],
) -> None:
    table: Lifecycle[Any] = TABLES[named]
    owners = STATE_OWNERS_OF[named]

    assert set(owners) == {str(state) for state in table.states - table.ends}
    assert {owner.task for owner in owners.values()} - {""} <= SWEEPERS
    assert all(owner.when_due for owner in owners.values())


def test_every_sweeper_is_a_task_that_the_workers_know() -> None:
    current_app.loader.import_default_modules()
    tasks = {owner.task for owners in STATE_OWNERS_OF.values() for owner in owners.values()}

    assert tasks - {""} <= set(current_app.tasks)


def test_what_is_looked_for_in_wall_time_is_looked_for_every_two_minutes_at_most() -> None:
    """A deadline is kept to one sweep: sweeps are not rare."""
    assert max(HOUSEKEEPING.values()) <= timedelta(minutes=2)


def test_a_state_that_is_said_to_last_is_none_of_a_hand_over_or_a_job() -> None:
    for name in ("allocation", "job", "agent command", "enrolment code"):
        assert all(owner.task for owner in STATE_OWNERS_OF["delivery", name].values())
