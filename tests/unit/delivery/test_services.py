"""Services from the queue to their end: asked for, served from a real cell, watched, given up."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Deed
from delivery.actions import (
    cancel_job,
    drive_job,
    look_at_services,
    open_endpoint,
    record_look,
    schedule_queue,
    submit_job,
    submit_work,
)
from delivery.actions.ending import end_jobs_of
from delivery.actions.serving import CHECKS_KEPT, SPARE_CHECKS
from delivery.adapters.connectors import connector_named
from delivery.adapters.process.confinement import PLAIN
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.tickets import ENDPOINT, OUTPUT, opens
from delivery.domain.jobs import JobRequest
from delivery.domain.refusals import JobIdReused, NoDoorThere, NotServed
from delivery.domain.serving import Look, ServiceAsked, Verdict
from delivery.models import Allocation, HealthCheck, Job, Service
from exchange.refusal import NotFound
from tests.unit.delivery.story import Delivery, broken
from tests.unit.delivery.test_process_doors import PORT, SERVER
from tests.world import World
from timetable.queries import wall_now

COMMAND = ["python3", "-c", SERVER, "127.0.0.1", str(PORT)]
QUICK = ServiceAsked(PORT, "/", interval_s=2, timeout_s=2, unhealthy_after=2, starts_in_s=20)
WELL, ILL = Look(Verdict.PASSED, 200, 900), Look(Verdict.FAILED, 503, 900)


@pytest.fixture
def delivery(world: World) -> Iterator[Delivery]:
    """A delivery on this machine's own processors that has begun."""
    delivery = Delivery(world, devices=1, hours=1, pool=world.process_pool)
    site = connector_named("process")
    assert isinstance(site, ProcessConnector)
    if site.holdings.mode == PLAIN:
        pytest.skip("this machine can make no cells, so nothing is served on it")
    Allocation.objects.filter(pk=delivery.id).update(gflops_per_device=1)
    delivery.begin()
    yield delivery
    for name in site.inventory():
        site.release(name)


def served(delivery: Delivery, asked: ServiceAsked = QUICK, **more: Any) -> Job:
    """Submit a service to the buyer's queue."""
    variants = {"CPU": more.pop("command", COMMAND), "CUDA": ["serve"]}
    request = JobRequest("s-1", "model", variants, time_limit_s=0, service=asked, **more)
    ben = delivery.world.cast.ben.id
    return submit_work(member_id=ben, asked=request, now=delivery.start)[0]


def turn(job: Job, delivery: Delivery, later: timedelta = timedelta(0)) -> Job:
    job = drive_job(job_id=job.pk, now=delivery.start + later, wall=wall_now())
    look_at_services(now=delivery.start + later, wall=wall_now() + timedelta(hours=1))
    return Job.objects.get(pk=job.pk)


def until(job: Job, delivery: Delivery, holds: Callable[[Job], bool]) -> Job:
    for _ in range(400):
        job = turn(job, delivery)
        if holds(job):
            return job
        time.sleep(0.02)
    raise AssertionError((job.state, job.reason, list(HealthCheck.objects.values())))


def test_a_service_runs_until_it_is_stopped_and_its_health_is_kept(
    world: World, delivery: Delivery
) -> None:
    job = until(served(delivery), delivery, lambda job: job.service.health == "UP")

    assert (job.state, job.kind, job.time_limit_s) == ("RUNNING", "SERVICE", 0)
    found = job.service.checks.first()
    assert found is not None
    assert (found.verdict, found.http_status) == ("PASSED", 200)
    assert found.latency_us > 0
    cancel_job(member_id=world.cast.ben.id, job_id=job.pk, now=delivery.start)
    job = until(job, delivery, lambda job: job.ended_at is not None)
    assert (job.state, job.reason) == ("CANCELLED", "cancelled")
    assert broken() == []


def test_an_unhealthy_service_is_stopped_and_tried_again_as_often_as_it_may(
    world: World, delivery: Delivery
) -> None:
    ill = ServiceAsked(PORT, "/ill", interval_s=2, timeout_s=2, unhealthy_after=1, starts_in_s=1)
    seen = []
    job = served(delivery, ill, max_retries=1)

    def ended(job: Job) -> bool:
        seen.append(job.tries)
        Service.objects.filter(job=job, health="STARTING").update(
            health_since=wall_now() - timedelta(minutes=1)
        )
        return job.ended_at is not None

    job = until(job, delivery, ended)

    assert (job.state, job.reason, job.tries) == ("FAILED", "it did not become healthy in time", 2)
    assert {1, 2} <= set(seen)
    assert set(HealthCheck.objects.values_list("attempt", flat=True)) == {1, 2}


def test_a_service_that_ends_by_itself_has_failed(world: World, delivery: Delivery) -> None:
    job = served(delivery, command=["python3", "-c", "print('bye')"])

    job = until(job, delivery, lambda job: job.ended_at is not None)

    assert (job.state, job.reason) == ("FAILED", "the service ended by itself")


def test_a_service_holds_its_devices_to_the_end_of_the_window(
    world: World, delivery: Delivery
) -> None:
    first = served(delivery)
    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)
    asked = JobRequest("b-1", "batch", {"CPU": ["true"]}, time_limit_s=60)
    [second] = submit_work(member_id=world.cast.ben.id, asked=asked, now=delivery.start)

    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)

    assert Job.objects.get(pk=first.pk).state == "RUNNING"
    waits = Job.objects.get(pk=second.pk)
    assert (waits.state, waits.wait_reason, waits.expected_at) == ("QUEUED", "DEVICES_BUSY", None)


def test_a_service_ends_with_its_window_and_goes_on_where_its_buyer_holds_more(
    world: World, delivery: Delivery
) -> None:
    job = until(served(delivery), delivery, lambda job: job.service.health == "UP")

    for _ in range(100):
        job = turn(job, delivery, timedelta(hours=1))
        if job.state == "QUEUED":
            break
        time.sleep(0.05)

    assert (job.state, job.reason, job.lost) == ("QUEUED", "the delivery ended", 0)
    assert broken() == []


@pytest.mark.parametrize(("failed", "state"), [(False, "SUCCEEDED"), (True, "FAILED")])
def test_a_service_bound_to_a_delivery_is_done_with_it(
    world: World, delivery: Delivery, failed: bool, state: str
) -> None:
    job = submit_job(
        member_id=world.cast.ben.id,
        allocation_id=delivery.id,
        client_job_id="s-2",
        name="model",
        variants={"CPU": COMMAND},
        devices=1,
        time_limit_s=0,
        service=QUICK,
        now=delivery.start,
    )
    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)
    if failed:
        Allocation.objects.filter(pk=delivery.id).update(state="FAILED")

    end_jobs_of([delivery.id], "the delivery ended", delivery.start)

    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.reason) == (state, "the delivery ended")


def test_a_service_waits_where_no_delivery_has_doors(world: World) -> None:
    delivery = Delivery(world)
    delivery.begin()
    job = served(delivery)

    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)

    assert Job.objects.get(pk=job.pk).wait_reason == "NO_DOOR"
    with pytest.raises(NoDoorThere):
        submit_job(
            member_id=world.cast.ben.id,
            allocation_id=delivery.id,
            client_job_id="s-2",
            name="model",
            variants={"CUDA": ["serve"]},
            devices=1,
            time_limit_s=0,
            service=QUICK,
            now=delivery.start,
        )


def test_the_same_service_twice_is_one_and_another_is_refused(
    world: World, delivery: Delivery
) -> None:
    first, again = served(delivery), served(delivery)

    assert first.pk == again.pk
    with pytest.raises(JobIdReused):
        served(delivery, ServiceAsked(PORT + 1))
    asked = JobRequest("s-1", "model", {"CPU": COMMAND, "CUDA": ["serve"]}, time_limit_s=60)
    with pytest.raises(JobIdReused):
        submit_work(member_id=world.cast.ben.id, asked=asked, now=delivery.start)


def test_an_address_is_given_to_the_buyer_alone_and_noted(
    world: World, delivery: Delivery, settings: Any
) -> None:
    settings.DOOR_URL = "http://127.0.0.1:8005"
    job = served(delivery)
    ben, dana = world.cast.ben.id, world.cast.dana.id
    with pytest.raises(NotServed):
        open_endpoint(member_id=ben, job_id=job.pk, now=delivery.start)
    schedule_queue(member_id=ben, now=delivery.start, factor=1)

    opened = open_endpoint(member_id=ben, job_id=job.pk, now=delivery.start)

    ticket = opened.url.removeprefix("http://127.0.0.1:8005/t/").rstrip("/")
    assert opens(ticket, job.pk, ENDPOINT)
    assert not opens(ticket, job.pk, OUTPUT)
    assert not opens(ticket, job.pk + 1, ENDPOINT)
    assert Deed.objects.filter(verb="ENDPOINT_OPENED", subject=f"job:{job.pk}").count() == 1
    with pytest.raises(NotFound):
        open_endpoint(member_id=dana, job_id=job.pk, now=delivery.start)
    settings.DOOR_URL = ""
    with pytest.raises(NotServed):
        open_endpoint(member_id=ben, job_id=job.pk, now=delivery.start)


def test_the_record_of_health_is_bounded(
    world: World, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.actions.serving.CHECKS_KEPT", 20)
    monkeypatch.setattr("delivery.actions.serving.SPARE_CHECKS", 5)
    job = served(delivery)
    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)

    for _ in range(60):
        record_look(
            service_id=job.service.pk, attempt=1, found=WELL, now=delivery.start, wall=wall_now()
        )

    assert 20 <= HealthCheck.objects.count() < 25
    assert (CHECKS_KEPT, SPARE_CHECKS) == (1_000, 100)


def test_a_look_at_a_try_that_is_over_says_nothing(world: World, delivery: Delivery) -> None:
    job = served(delivery)
    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)
    facts = {"now": delivery.start, "wall": wall_now()}

    assert record_look(service_id=job.service.pk, attempt=2, found=ILL, **facts) is None
    assert record_look(service_id=job.service.pk, attempt=1, found=ILL, **facts) is not None

    assert HealthCheck.objects.count() == 1
