"""Data on this machine's own processors: from its buyer to the job that reads it, and again."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from delivery.actions import drive_job, submit_work
from delivery.adapters.connectors import connector_named
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.process.places import Holding, living_pid
from delivery.domain.jobs import JobRequest
from delivery.models import Allocation, Job, JobLog
from tests.unit.delivery.data.data_story import LONG, fresh, given, sha256, turn
from tests.unit.delivery.story import QUARTER, Delivery, broken
from tests.world import World
from timetable.queries import wall_now

SCRIPT = "sha256sum $GRIDHOUR_DATA/words/deep/long.bin | cut -c1-64; cat $GRIDHOUR_DATA/words/a.txt"


@pytest.fixture
def delivery(world: World, settings: Any) -> Delivery:
    # The story is the same on a machine that can make no cells.
    settings.PROCESS_UNISOLATED = True
    delivery = Delivery(world, devices=1, hours=1, pool=world.process_pool)
    Allocation.objects.filter(pk=delivery.id).update(gflops_per_device=1)
    return delivery


def holding_of(delivery: Delivery) -> Holding:
    site = connector_named("process")
    assert isinstance(site, ProcessConnector)
    return site.holdings.holding(f"gh-{delivery.agreement.number}", delivery.row.generation)


def until(step: Callable[[], object], holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        step()
        time.sleep(0.02)
    assert holds()


def run(delivery: Delivery, name: str) -> str:
    asked = JobRequest(name, name, {"CPU": ["sh", "-c", SCRIPT]}, dataset="words")
    [job] = submit_work(member_id=delivery.world.cast.ben.id, asked=asked, now=delivery.start)

    def drive() -> Job:
        return drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())

    until(drive, lambda: Job.objects.get(pk=job.pk).ended_at is not None)
    assert Job.objects.get(pk=job.pk).state == "SUCCEEDED"
    return "".join(JobLog.objects.filter(job=job).values_list("text", flat=True))


def test_a_job_reads_what_its_buyer_sent_also_when_the_hand_over_was_made_anew(
    delivery: Delivery,
) -> None:
    dataset = given(delivery)
    delivery.begin()
    turn(delivery)

    assert fresh(dataset).state == "STAGED"
    assert run(delivery, "first") == f"{sha256(LONG)}\nalpha\n"
    os.kill(living_pid(holding_of(delivery)), signal.SIGKILL)
    until(
        lambda: delivery.sweep(delivery.start + QUARTER),
        lambda: delivery.row.generation == 2 and delivery.row.state == "DELIVERING",
    )
    turn(delivery)
    assert (fresh(dataset).state, fresh(dataset).generation) == ("STAGED", 2)
    assert run(delivery, "second") == f"{sha256(LONG)}\nalpha\n"
    assert broken() == []


def test_nothing_stays_on_this_machine_when_the_delivery_has_ended(delivery: Delivery) -> None:
    given(delivery)
    delivery.begin()
    turn(delivery)
    held = holding_of(delivery)
    assert list(held.data.rglob("long.bin"))

    delivery.quarters(4)

    assert delivery.row.state == "COMPLETED"
    assert not held.data.exists()
