from datetime import UTC, datetime, timedelta

import pytest

from billing.tasks import substitute
from delivery import tasks
from delivery.domain.allocation_lifecycle import (
    ALLOCATION_LIFECYCLE,
    STATE_OWNERS,
    deadline_of,
)
from delivery.domain.job_lifecycle import JOB_LIFECYCLE, JOB_STATE_OWNERS
from delivery.domain.link_lifecycle import (
    LINK_DELIVERY_LIFECYCLE,
    LINK_STATE_OWNERS,
    link_deadline_of,
)
from delivery.domain.naming import base_of, external_name, generation_of
from delivery.domain.retry import MAX_TRIES, is_exhausted, next_attempt_at
from delivery.domain.service_lifecycle import SERVICE_LIFECYCLE, SERVICE_STATE_OWNERS
from delivery.domain.serving import HealthState
from delivery.domain.site_agent import (
    AGENT_COMMAND_LIFECYCLE,
    AGENT_STATE_OWNERS,
    CODE_STATE_OWNERS,
    COMMAND_STATE_OWNERS,
    ENROLMENT_CODE_LIFECYCLE,
    SITE_AGENT_LIFECYCLE,
)
from delivery.domain.substitution import SUBSTITUTION_LIFECYCLE, SUBSTITUTION_OWNERS
from delivery.models import SubstitutionState
from delivery.models.agent_work import CommandState
from delivery.models.allocation import AllocationState
from delivery.models.job import JobState
from delivery.models.link import LinkState
from delivery.models.site_agent import AgentState, CodeState
from exchange.lifecycle import MoveRefused

START = datetime(2026, 12, 1, tzinfo=UTC)
END = START + timedelta(hours=4)
TASK_NAMES = {
    task.name for task in vars(tasks).values() if getattr(task, "name", "").startswith("delivery.")
}


def test_every_state_of_the_table_is_a_state_of_the_row() -> None:
    assert ALLOCATION_LIFECYCLE.states == set(AllocationState.values)
    assert JOB_LIFECYCLE.states == set(JobState.values)
    assert SUBSTITUTION_LIFECYCLE.states == set(SubstitutionState.values)


def test_every_timed_state_names_a_task_that_ends_it() -> None:
    assert set(STATE_OWNERS) == ALLOCATION_LIFECYCLE.states - ALLOCATION_LIFECYCLE.ends
    assert set(JOB_STATE_OWNERS) == JOB_LIFECYCLE.states - JOB_LIFECYCLE.ends
    owners = [*STATE_OWNERS.values(), *JOB_STATE_OWNERS.values()]
    assert {owner.task for owner in owners} <= TASK_NAMES


def test_every_state_of_a_substitution_that_can_be_left_has_a_sweeper() -> None:
    timed = SUBSTITUTION_LIFECYCLE.states - SUBSTITUTION_LIFECYCLE.ends
    assert set(SUBSTITUTION_OWNERS) == timed
    assert {owner.task for owner in SUBSTITUTION_OWNERS.values()} == {substitute.name}


def test_agents_codes_and_commands_are_those_of_their_tables_and_timed_states_have_owners() -> None:
    assert SITE_AGENT_LIFECYCLE.states == set(AgentState.values)
    assert ENROLMENT_CODE_LIFECYCLE.states == set(CodeState.values)
    assert AGENT_COMMAND_LIFECYCLE.states == set(CommandState.values)
    # A lost agent waits for nobody: it is heard again or revoked.
    assert set(AGENT_STATE_OWNERS) == (
        SITE_AGENT_LIFECYCLE.states - SITE_AGENT_LIFECYCLE.ends - {"LOST"}
    )
    assert set(CODE_STATE_OWNERS) == (
        ENROLMENT_CODE_LIFECYCLE.states - ENROLMENT_CODE_LIFECYCLE.ends
    )
    assert set(COMMAND_STATE_OWNERS) == (
        AGENT_COMMAND_LIFECYCLE.states - AGENT_COMMAND_LIFECYCLE.ends
    )
    owners = [*AGENT_STATE_OWNERS.values(), *CODE_STATE_OWNERS.values()]
    owners += COMMAND_STATE_OWNERS.values()
    assert {owner.task for owner in owners} <= TASK_NAMES


def test_every_state_that_can_be_left_can_fail_and_has_a_deadline() -> None:
    for state in STATE_OWNERS:
        assert ALLOCATION_LIFECYCLE.may(state, "FAILED")
        deadline = deadline_of(state, START, END)
        assert deadline is not None
        assert START <= deadline <= END + timedelta(hours=1)
    assert all(deadline_of(state, START, END) is None for state in ALLOCATION_LIFECYCLE.ends)


def test_every_state_of_a_link_is_in_its_table_can_fail_and_has_an_owner_and_a_deadline() -> None:
    assert LINK_DELIVERY_LIFECYCLE.states == set(LinkState.values)
    assert set(LINK_STATE_OWNERS) == (LINK_DELIVERY_LIFECYCLE.states - LINK_DELIVERY_LIFECYCLE.ends)
    assert {owner.task for owner in LINK_STATE_OWNERS.values()} <= TASK_NAMES
    for state in LINK_STATE_OWNERS:
        assert LINK_DELIVERY_LIFECYCLE.may(state, "FAILED")
        deadline = link_deadline_of(state, START, END)
        assert deadline is not None
        assert START <= deadline <= END + timedelta(hours=1)
    assert all(link_deadline_of(end, START, END) is None for end in LINK_DELIVERY_LIFECYCLE.ends)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PLANNED", "DELIVERING"),
        ("COMPLETED", "DELIVERING"),
        ("FAILED", "PROVISIONING"),
        ("ACCEPTED", "COMPLETED"),
    ],
)
def test_a_move_outside_the_table_is_refused(before: str, after: str) -> None:
    with pytest.raises(MoveRefused):
        ALLOCATION_LIFECYCLE.check(before, after)


def test_a_name_tells_its_base_and_generation() -> None:
    name = external_name("GH-2026-000017", 3)

    assert name == "gh-GH-2026-000017-g3"
    assert base_of(name) == "gh-GH-2026-000017"
    assert generation_of(name) == 3
    assert generation_of("somebody-else") == 0


def test_pauses_double_and_have_an_end() -> None:
    pauses = [(next_attempt_at(tries, START) - START).total_seconds() for tries in range(1, 9)]

    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    assert is_exhausted(MAX_TRIES)
    assert not is_exhausted(MAX_TRIES - 1)


def test_a_service_s_states_are_those_of_its_rows_and_each_has_an_owner() -> None:
    assert SERVICE_LIFECYCLE.states == {state.value for state in HealthState}
    assert set(SERVICE_STATE_OWNERS) == SERVICE_LIFECYCLE.states
    assert {owner.task for owner in SERVICE_STATE_OWNERS.values()} <= TASK_NAMES
