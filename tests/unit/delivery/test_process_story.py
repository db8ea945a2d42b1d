"""One agreement on this machine's own processors, from hand-over to seal."""

import os
import signal
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from delivery.actions import drive_job, read_meters, seal_due_hours, submit_job, submit_work
from delivery.adapters.connectors import connector_named
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.process.places import living_pid
from delivery.domain.jobs import JobRequest
from delivery.models import AcceptanceTest, Allocation, Job, JobLog
from tests.unit.delivery.process_site import until
from tests.unit.delivery.story import QUARTER, Delivery, broken
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now


@pytest.fixture
def delivery(world: World, settings: Any) -> Delivery:
    # The story is the same on a machine that can make no cells.
    settings.PROCESS_UNISOLATED = True
    delivery = Delivery(world, devices=1, hours=1, pool=world.process_pool)
    # What a processor slot gives differs by machine: the test asks little of it.
    Allocation.objects.filter(pk=delivery.id).update(gflops_per_device=1)
    return delivery


def holder_of(delivery: Delivery) -> int:
    site = connector_named("process")
    assert isinstance(site, ProcessConnector)
    row = delivery.row
    return living_pid(site.holdings.holding(f"gh-{delivery.agreement.number}", row.generation))


def work(delivery: Delivery) -> Job:
    job = submit_job(
        member_id=delivery.world.cast.ben.id,
        allocation_id=delivery.id,
        client_job_id="one",
        name="answer",
        variants={"CPU": ["python3", "-c", "print(6 * 7)"], "CUDA": ["nvidia-smi"]},
        devices=1,
        time_limit_s=10,
        now=delivery.start,
    )
    for _ in range(400):
        job = drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
        if job.ended_at:
            break
        time.sleep(0.02)
    return job


def step(now: datetime) -> None:
    step_to(market_at=now, reason="test", wall=wall_now())


def test_this_machine_delivers_runs_meters_and_lets_go(delivery: Delivery) -> None:
    step(delivery.start - timedelta(minutes=30))
    delivery.begin()
    assert AcceptanceTest.objects.get().gflops_per_device >= 1

    job = work(delivery)
    step(delivery.agreement.ends_at)
    assert read_meters(now=delivery.agreement.ends_at, wall=wall_now()) == 4
    delivery.sweep(delivery.agreement.ends_at)
    seal_due_hours(now=delivery.agreement.ends_at)

    assert (job.state, job.exit_code) == ("SUCCEEDED", 0)
    assert JobLog.objects.get().text == "42\n"
    assert delivery.seals()[0].delivered_device_seconds > 3_000
    assert delivery.row.state == "COMPLETED"
    assert holder_of(delivery) == 0
    assert broken() == []


def test_a_killed_holder_interrupts_and_the_next_generation_delivers(
    delivery: Delivery,
) -> None:
    delivery.begin()
    os.kill(holder_of(delivery), signal.SIGKILL)

    delivery.sweep(delivery.start + QUARTER)
    interrupted = delivery.row.state
    for _ in range(100):
        delivery.sweep(delivery.start + QUARTER)
        if delivery.row.state == "DELIVERING":
            break
        time.sleep(0.05)

    assert interrupted == "INTERRUPTED"
    assert delivery.row.state == "DELIVERING"
    assert delivery.row.external_name.endswith("-g2")
    assert list(connector_named("process").inventory()) == [delivery.row.external_name]
    assert broken() == []
    late = delivery.agreement.ends_at + timedelta(hours=2)
    read_meters(now=late, wall=wall_now())
    delivery.sweep(late)
    assert list(connector_named("process").inventory()) == []


def test_a_hand_over_that_nobody_owns_is_ended_by_the_sweep(delivery: Delivery) -> None:
    delivery.begin()
    Allocation.objects.filter(pk=delivery.id).update(state="FAILED")

    delivery.sweep(delivery.start)

    assert list(connector_named("process").inventory()) == []


def drive(job: Job, delivery: Delivery) -> Job:
    return drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())


def test_a_job_that_is_asked_to_leave_goes_on_where_it_was(delivery: Delivery) -> None:
    script = (
        "import os, pathlib, signal, sys, time\n"
        "step = pathlib.Path(os.environ['GRIDHOUR_OUTPUTS'], 'step')\n"
        "if step.exists(): print('on from', step.read_text()); sys.exit(0)\n"
        "def save(*_): step.write_text('41'); sys.exit(0)\n"
        "signal.signal(signal.SIGUSR1, save); print('ready'); time.sleep(60)"
    )
    delivery.begin()
    asked = JobRequest(
        "train", "train", {"CPU": ["python3", "-c", script]}, time_limit_s=60, saves_in_s=20
    )
    [job] = submit_work(member_id=delivery.world.cast.ben.id, asked=asked, now=delivery.start)
    until(lambda: drive(job, delivery).log_bytes > 0)

    Job.objects.filter(pk=job.pk).update(preempted_at=delivery.start)
    until(lambda: drive(job, delivery).ended_at is not None)

    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.tries) == ("SUCCEEDED", 2)
    text = "".join(
        JobLog.objects.filter(job=job).order_by("sequence").values_list("text", flat=True)
    )
    assert text == "ready\non from 41\n"
    assert broken() == []
