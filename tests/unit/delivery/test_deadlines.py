"""Whatever clocks, sites and workers do: no state outlives its deadline by more than a sweep."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from delivery.actions import (
    drive_job,
    end_unserved,
    provision_all,
    read_meters,
    submit_job,
    sweep,
    sweep_agents,
)
from delivery.actions.attempts import claim
from delivery.adapters.agent.queue import ask
from delivery.adapters.connectors import connector_named
from delivery.domain.allocation_lifecycle import deadline_of
from delivery.models import AgentCommand, Allocation, Attempt, Job
from delivery.models.job import UNFINISHED
from delivery.queries import allocations_to_provision, running_jobs
from delivery.tasks import each
from exchange.refusal import Refused
from tests.unit.delivery.moody_site import MOODS, MoodySite
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.queries import wall_now

MOODY = "tests.unit.delivery.moody_site.MoodySite"
Move = tuple[str, Any]

MOVES = st.one_of(
    st.tuples(st.just("market minutes"), st.integers(1, 200)),
    st.tuples(st.just("wall seconds"), st.integers(1, 200)),
    st.tuples(st.just("mood"), st.sampled_from(MOODS)),
    st.tuples(st.just("a worker dies"), st.sampled_from(("provision", "renew"))),
    st.tuples(st.just("a worker stops"), st.sampled_from(("provision", "renew"))),
    st.tuples(st.just("a job"), st.integers(0, 2)),
    st.tuples(st.just("walk"), st.none()),
)


class Days:
    """Three deliveries, one after another, and a clock that is moved."""

    def __init__(self, world: World) -> None:
        self.now, self.wall, self.world, self.jobs = world.now, wall_now(), world, 0
        world.west_pool.connector = "moody"
        world.west_pool.save()
        self.deliveries = [Delivery(world, devices=2, hours=hours) for hours in (1, 2, 4)]
        MoodySite.mood = "well"

    def walk(self) -> None:
        """Do what the delivery leg does, in its order."""
        ids = allocations_to_provision(self.now, self.wall, 100)
        provision_all(allocation_ids=ids, now=self.now, wall=self.wall)
        end_unserved(now=self.now)
        waiting = Job.objects.filter(state="QUEUED").values_list("id", flat=True)
        drive = partial(drive_job, now=self.now, wall=self.wall)
        each("job", [*waiting, *running_jobs(100)], lambda pk: drive(job_id=pk))
        read_meters(now=self.now, wall=self.wall)
        sweep(now=self.now, wall=self.wall)

    def move(self, what: str, told: Any) -> None:
        if what == "market minutes":
            self.now += timedelta(minutes=told)
        elif what == "wall seconds":
            self.wall += timedelta(seconds=told)
        elif what == "mood":
            MoodySite.mood = told
        elif what == "walk":
            self.walk_and_judge()
        elif what == "a job":
            self.submit(self.deliveries[told])
        else:
            for one in self.deliveries:
                claim(key=f"{told}:{one.id}", wall=self.wall)
            if what == "a worker dies":
                Attempt.objects.exclude(lease_until=None).update(session="0:0")

    def submit(self, delivery: Delivery) -> None:
        """Hand a job in, where the delivery takes one now."""
        self.jobs += 1
        with suppress(Refused):
            submit_job(
                member_id=self.world.cast.ben.id,
                allocation_id=delivery.id,
                client_job_id=f"job-{self.jobs}",
                name="job",
                variants={"CUDA": ["true"]},
                devices=1,
                time_limit_s=60,
                now=self.now,
            )

    def walk_and_judge(self) -> None:
        """Walk, and see that whatever was over before is in another state now."""
        before = self.over()
        self.walk()
        stayed = {pk for pk, state in before.items() if self.over().get(pk) == state}
        assert not stayed, [(pk, before[pk], self.now) for pk in stayed]

    def over(self) -> dict[int, str]:
        """Return by allocation the state whose deadline has passed."""
        rows = Allocation.objects.all()
        found = {row.pk: (row.state, _deadline(row)) for row in rows}
        return {
            pk: state for pk, (state, due) in found.items() if due is not None and due <= self.now
        }


def _deadline(row: Allocation) -> datetime | None:
    return deadline_of(row.state, row.starts_at, row.ends_at)


@pytest.fixture
def days(world: World, settings: Any) -> Days:
    settings.CONNECTORS = {"moody": MOODY, "simulated": settings.CONNECTORS["simulated"]}
    connector_named.cache_clear()
    return Days(world)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(MOVES, min_size=4, max_size=24))
@example([("market minutes", 70), ("walk", None), ("mood", "broken"), ("market minutes", 400)])
@example([("a worker dies", "provision"), ("market minutes", 400), ("walk", None)])
@example([("market minutes", 70), ("walk", None), ("a job", 0), ("mood", "hangs"), ("walk", None)])
def test_no_allocation_or_job_outlives_its_deadline(days: Days, moves: list[Move]) -> None:
    now, wall = days.now, days.wall
    savepoint = transaction.savepoint()
    try:
        for what, told in moves:
            days.move(what, told)
        # Whoever was away for days finds everything over.
        days.now += timedelta(days=1)
        days.walk_and_judge()
        days.walk_and_judge()

        assert days.over() == {}
        assert set(Allocation.objects.values_list("state", flat=True)) <= {"COMPLETED", "FAILED"}
        assert not Job.objects.filter(state__in=UNFINISHED).exists()
        assert broken() == []
    finally:
        transaction.savepoint_rollback(savepoint)
        days.now, days.wall, MoodySite.mood = now, wall, "well"


def test_control_without_its_sweeper_a_delivery_outlives_its_deadline(days: Days) -> None:
    days.now += timedelta(days=1)

    read_meters(now=days.now, wall=days.wall)

    assert set(days.over().values()) == {"PLANNED"}


@pytest.mark.parametrize("mood", MOODS)
def test_one_site_s_mood_ends_no_sweep(days: Days, mood: str) -> None:
    """What is due elsewhere is done, whatever a connector does."""
    for minutes in (70, 0):
        days.now += timedelta(minutes=minutes)
        days.walk()
    MoodySite.mood = mood
    Allocation.objects.filter(pk=days.deliveries[0].id).update(connector="simulated")
    days.now = days.deliveries[0].agreement.ends_at

    days.walk()
    days.walk()

    assert days.deliveries[0].row.state == "COMPLETED"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(("lease", "pass", "sweep")), st.integers(1, 400))))
def test_no_command_of_an_agent_outlives_its_deadline(
    world: World, moves: list[tuple[str, int]]
) -> None:
    wall, site = wall_now(), world.west_site.pk
    savepoint = transaction.savepoint()
    try:
        for kind in ("RELEASE", "CANCEL"):
            ask(site, kind, "gh-A-1-g1", kind)
        for what, told in moves:
            if what == "pass":
                wall += timedelta(seconds=told)
            elif what == "lease":
                for row in AgentCommand.objects.filter(state="QUEUED", expires_at__gt=wall)[:1]:
                    row.state, row.leases = "LEASED", row.leases + 1
                    row.lease_until = wall + timedelta(seconds=told)
                    row.save()
            else:
                sweep_agents(wall=wall)
                assert not AgentCommand.objects.filter(state="LEASED", lease_until__lte=wall)
        wall += timedelta(days=1)
        sweep_agents(wall=wall)
        sweep_agents(wall=wall)

        assert not AgentCommand.objects.filter(state__in=["QUEUED", "LEASED"]).exists()
    finally:
        transaction.savepoint_rollback(savepoint)
