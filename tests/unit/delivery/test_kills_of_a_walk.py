"""A worker killed at each of its points, on this machine: the small sister of `make faults`."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from counter import failpoints
from delivery import tasks
from delivery.actions import provision_all, submit_job
from delivery.adapters.connectors import connector_named
from delivery.domain.retry import LEASE
from delivery.models import AcceptanceTest, AllocationEvent, Job, JobLog
from tests.faults.kills.arming import Arms
from tests.faults.kills.judging import Kept, unclean, wrong
from tests.faults.kills.points import (
    DIE,
    END,
    HAND_OVER,
    JOB,
    PLAN,
    POINTS,
    PROCESS_LANE,
    START,
    STOP,
    WORKER,
    Kill,
)
from tests.faults.kills.sites import Sites
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now

# A hand-over has six tries, and each death costs one: two deliveries share its points.
HALVES = (0, 1)
PASSED = {
    PLAN: ("plan.noted", "plan.planned"),
    HAND_OVER: (
        *("provision.claimed", "provision.begun", "process.folder_made", "process.holder_started"),
        *("provision.ensured", "provision.asked", "provision.judged", "provision.concluded"),
    ),
    START: ("start.moved", "start.started"),
    JOB: ("job.unknown", "process.job_left", "job.brought", "job.ended", "job.noted"),
    END: ("end.moved", "end.completed", "process.holder_ended", "end.released"),
}


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """The tiny market at rest, written for real: a killed worker's session ends with it."""
    settings.VAR_DIR, settings.PROCESS_UNISOLATED = tmp_path, True
    settings.CONNECTORS = {"process": settings.CONNECTORS["process"]}
    connector_named.cache_clear()
    world = World()
    step_to(market_at=world.now, reason="test", wall=wall_now())
    yield world
    site = connector_named("process")
    for name in site.inventory():
        site.release(name)


def begun(work: Callable[[], object]) -> int:
    """Begin it in a process of its own; return that one's number."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - a child never comes back
            os._exit(1)
        os._exit(0)
    return pid


def in_child(work: Callable[[], object]) -> int:
    """Do it in a process of its own; return the signal that ended it, or 0."""
    status = os.waitpid(begun(work), 0)[1]
    assert os.WIFSIGNALED(status) or status == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def walk() -> None:
    """Do what the delivery leg does."""
    tasks.plan_allocations()
    tasks.provision_due()
    tasks.run_jobs()
    tasks.read_due_meters()
    tasks.sweep_deliveries()


class Walks:
    """One delivery on this machine, walked by workers that are killed."""

    def __init__(self, world: World, tmp_path: Path) -> None:
        slot = world._chip("slot", "cpu", "CPU", 4, gflops=1)
        self.pool = world._pool("here", world.east_site, slot, 8, connector="process", per_node=1)
        self.world, self.arms = world, Arms(tmp_path / "failpoints")
        self.sites = Sites(tmp_path, tmp_path / "no-agent", None)

    def stage(self, stage: str, points: list[str], is_right: Callable[[], bool]) -> None:
        """Kill a worker at each point, then let others walk until the stage is right."""
        for point in points:
            self.arms.arm(Kill(point, WORKER, DIE))
            for _ in range(40):
                if in_child(walk) == signal.SIGKILL:
                    break
            assert [one.kill.point for one in self.arms.happened()] == [point], stage
        for _ in range(40):
            if is_right():
                break
            assert in_child(walk) == 0
        assert is_right(), stage
        assert wrong([self.kept()], self.sites.holders()) == []

    def kept(self) -> Kept:
        row, jobs = self.delivery.row, list(Job.objects.all())
        text = "".join(JobLog.objects.values_list("text", flat=True))
        return Kept(
            row.external_name, row.state, 1, jobs[0].state if jobs else "", text.count("ran")
        )

    def sell(self) -> None:
        self.delivery = Delivery(self.world, devices=1, hours=1, pool=self.pool)

    def submit(self) -> None:
        submit_job(
            member_id=self.world.cast.ben.id,
            allocation_id=self.delivery.id,
            client_job_id="one",
            name="one",
            variants={"CPU": ["python3", "-c", "print('ran')"]},
            devices=1,
            time_limit_s=60,
            now=self.delivery.start,
        )


def points_of(stage: str, half: int) -> list[str]:
    """Return half of the worker's points in a stage on this machine, as they are passed."""
    mine = {
        name
        for name, point in POINTS.items()
        if (point.stage, point.program) == (stage, WORKER) and point.lane in {"", PROCESS_LANE}
    }
    assert mine == set(PASSED[stage])
    return list(PASSED[stage][half::2])


@pytest.mark.xdist_group("services")
@pytest.mark.parametrize("half", HALVES)
def test_a_worker_killed_at_any_point_leaves_one_hand_over_and_then_none(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: int
) -> None:
    walks = Walks(world, tmp_path)
    monkeypatch.setattr(failpoints, "FOLDER", str(tmp_path / "failpoints"))
    walks.sell()

    def to(moment: Any) -> None:
        step_to(market_at=moment, reason="test", wall=wall_now())

    to(walks.delivery.start - timedelta(minutes=30))
    walks.stage(
        HAND_OVER, points_of(HAND_OVER, half), lambda: walks.delivery.row.state == "ACCEPTED"
    )
    to(walks.delivery.start)
    walks.stage(START, points_of(START, half), lambda: walks.delivery.row.state == "DELIVERING")
    walks.submit()
    walks.stage(JOB, points_of(JOB, half), lambda: Job.objects.get().state == "SUCCEEDED")
    to(walks.delivery.agreement.ends_at)
    walks.stage(END, points_of(END, half), lambda: walks.delivery.row.state == "COMPLETED")
    assert in_child(walk) == 0

    assert unclean([walks.kept()], walks.sites.holders(), walks.sites.left()) == []
    assert broken() == []


@pytest.mark.xdist_group("services")
@pytest.mark.parametrize("point", ["provision.begun", "provision.ensured", "provision.asked"])
def test_a_worker_that_was_stopped_until_another_took_over_writes_nothing_more(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    walks = Walks(world, tmp_path)
    monkeypatch.setattr(failpoints, "FOLDER", str(tmp_path / "failpoints"))
    walks.sell()
    step_to(market_at=walks.delivery.start - timedelta(minutes=30), reason="test", wall=wall_now())
    walks.arms.arm(Kill(point, WORKER, STOP))
    stopped = begun(tasks.provision_due)
    assert os.WIFSTOPPED(os.waitpid(stopped, os.WUNTRACED)[1])
    assert in_child(tasks.provision_due) == 0
    assert walks.delivery.row.state == "PROVISIONING", "the lease of the stopped one is in force"

    late = wall_now() + LEASE
    now, ids = walks.delivery.start - timedelta(minutes=30), [walks.delivery.id]
    assert in_child(lambda: provision_all(allocation_ids=ids, now=now, wall=late)) == 0
    assert walks.delivery.row.state == "ACCEPTED"
    os.kill(stopped, signal.SIGCONT)

    assert os.waitpid(stopped, 0)[1] == 0
    kinds = list(AllocationEvent.objects.values_list("kind", flat=True))
    assert kinds == ["PLANNED", "PROVISIONING", "ACCEPTED"]
    assert AcceptanceTest.objects.count() == 1
    assert wrong([walks.kept()], walks.sites.holders()) == []
    assert broken() == []


@pytest.mark.parametrize("half", HALVES)
def test_a_worker_killed_while_it_plans_leaves_one_allocation(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: int
) -> None:
    arms = Arms(tmp_path / "failpoints")
    monkeypatch.setattr(failpoints, "FOLDER", str(tmp_path / "failpoints"))
    agreement = world.agree(world.deal())
    [point] = points_of(PLAN, half)
    arms.arm(Kill(point, WORKER, DIE))

    assert in_child(tasks.plan_allocations) == signal.SIGKILL
    assert in_child(tasks.plan_allocations) == 0

    assert agreement.allocation.external_name == f"gh-{agreement.number}-g1"
