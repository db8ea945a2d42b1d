"""Jobs go where their data is, and say why they wait for it."""

from dataclasses import replace
from typing import Any

import pytest

from delivery.actions import drive_job, schedule_queue, submit_job, submit_work
from delivery.domain.jobs import JobRequest
from delivery.domain.queue import Capacity, Plan, Queue, Unit, Why, plan
from delivery.domain.refusals import JobIdReused, JobShapeRefused
from delivery.models import Allocation, DataFile, Dataset, Job
from tests.cast import visitor
from tests.unit.delivery.data.data_story import given, turn
from tests.unit.delivery.process_site import START
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.queries import wall_now


def look(unit: Unit, *held: Capacity) -> Plan:
    return plan(Queue(START, held, (), (unit,)))


def at(pk: int, *, data: str = "", coming: str = "") -> Capacity:
    held = Capacity(pk, 8, "CUDA", 80, "gui-an", "guizhou", START, START.replace(hour=6))
    return replace(held, data=frozenset(data.split()), coming=frozenset(coming.split()))


def unit(data: str) -> Unit:
    hour = START.replace(hour=1) - START
    return Unit((7,), 1, hour, frozenset({"CUDA"}), START, data=data)


def test_a_job_starts_where_its_data_is() -> None:
    found = look(unit("words"), at(1), at(2, coming="words"), at(3, data="words"))

    assert [start.capacity_id for start in found.starts] == [3]


def test_a_job_waits_for_data_on_its_way_and_takes_no_place_meanwhile() -> None:
    found = look(unit("words"), at(1), at(2, coming="words"))

    assert [(wait.why, wait.expected_at) for wait in found.waits] == [(Why.DATA_COMING, None)]


def test_a_job_whose_data_nobody_gave_is_told_so() -> None:
    found = look(unit("words"), at(1, data="maps"), at(2))

    assert [wait.why for wait in found.waits] == [Why.NO_DATA]


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world)
    delivery.begin()
    return delivery


def work(delivery: Delivery, **more: Any) -> Job:
    asked: dict[str, Any] = {
        "client_job_id": "train",
        "name": "train",
        "variants": {"CUDA": ["true"]},
        "dataset": "words",
    }
    member_id = delivery.world.cast.ben.id
    [job] = submit_work(member_id=member_id, asked=JobRequest(**asked | more), now=delivery.start)
    return job


def why(job: Job, delivery: Delivery) -> str:
    schedule_queue(member_id=delivery.world.cast.ben.id, now=delivery.start, factor=1)
    return Job.objects.get(pk=job.pk).wait_reason


def test_a_job_waits_until_its_data_is_there_and_the_pages_say_how_far_it_is(
    delivery: Delivery,
) -> None:
    job = work(delivery)
    assert why(job, delivery) == "NO_DATA"
    dataset = given(delivery, files={"a.bin": b"x" * 1_000})
    assert why(job, delivery) == "DATA_COMING"

    Dataset.objects.filter(pk=dataset.pk).update(state="STAGING", generation=1)
    DataFile.objects.update(staged_bytes=620)

    browser = visitor(delivery.world.cast.ben)
    for address in (f"/jobs/{job.pk}/", "/queue/"):
        assert "Its data is 62 % staged" in browser.get(address).content.decode()
    turn(delivery)
    ended = drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    assert (ended.state, ended.allocation_id) == ("SUCCEEDED", delivery.id)


def test_data_at_an_earlier_hand_over_is_not_there(delivery: Delivery) -> None:
    given(delivery)
    turn(delivery)
    Allocation.objects.filter(pk=delivery.id).update(generation=2, external_name="gh-x-g2")

    assert why(work(delivery), delivery) == "DATA_COMING"


def test_a_bound_job_waits_for_its_data_too(delivery: Delivery) -> None:
    job = submit_job(
        member_id=delivery.world.cast.ben.id,
        allocation_id=delivery.id,
        client_job_id="bound",
        name="bound",
        variants={"CUDA": ["true"]},
        devices=1,
        time_limit_s=10,
        dataset="words",
        now=delivery.start,
    )

    assert why(job, delivery) == "NO_DATA"


def test_the_same_id_for_other_data_is_another_job(delivery: Delivery) -> None:
    work(delivery)

    with pytest.raises(JobIdReused):
        work(delivery, dataset="maps")


def test_what_is_no_name_of_a_dataset_is_refused(delivery: Delivery) -> None:
    with pytest.raises(JobShapeRefused) as refusal:
        work(delivery, dataset="../up")

    assert refusal.value.field == "dataset"
