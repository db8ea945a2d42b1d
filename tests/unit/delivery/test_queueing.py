"""One queue over all that a buyer holds, from the door to the devices."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from delivery.actions import cancel_group, cancel_job, drive_job, schedule_queue, submit_work
from delivery.actions.ending import end_jobs_of, end_try, end_unserved
from delivery.domain.jobs import MAX_GROUP, JobRequest, Tried, after_try
from delivery.domain.refusals import JobIdReused, JobShapeRefused
from delivery.models import Job, JobOutput
from delivery.queries import line_of
from exchange.refusal import NotFound
from marketplace.models import Listing
from tests.unit.delivery.story import Delivery, broken
from tests.world import World
from timetable.queries import wall_now


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world)
    delivery.begin()
    return delivery


def work(delivery: Delivery, name: str = "train", **more: Any) -> list[Job]:
    given: dict[str, Any] = {
        "client_job_id": name,
        "name": name,
        "variants": {"CUDA": ["python3", "train.py"], "CANN": ["python3", "npu.py"]},
    }
    return submit_work(
        member_id=delivery.world.cast.ben.id, asked=JobRequest(**given | more), now=delivery.start
    )


def look(delivery: Delivery, now: datetime | None = None) -> None:
    schedule_queue(member_id=delivery.world.cast.ben.id, now=now or delivery.start, factor=1)


def drive(job: Job, delivery: Delivery) -> Job:
    return drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())


def states(jobs: list[Job]) -> list[str]:
    return [Job.objects.get(pk=job.pk).state for job in jobs]


def test_a_job_runs_where_its_stack_is(world: World, delivery: Delivery) -> None:
    [job] = work(delivery)

    job = drive(job, delivery)

    assert (job.state, job.allocation_id) == ("SUCCEEDED", delivery.id)
    assert job.variant is not None
    assert job.variant.stack == "CUDA"
    assert broken() == []


def test_a_job_that_waits_is_told_why_and_when(world: World, delivery: Delivery) -> None:
    [first] = work(delivery, "first", devices=8, time_limit_s=600)
    [second] = work(delivery, "second", devices=2)
    work(delivery, "large", devices=9)
    work(delivery, "other", variants={"ROCM": ["x"]})
    work(delivery, "far", place="nowhere")

    look(delivery)

    assert states([first, second]) == ["RUNNING", "QUEUED"]
    waits = {job.name: (job.wait_reason, job.expected_at) for job in line_of(world.cast.ben.id)}
    assert waits == {
        "second": ("DEVICES_BUSY", delivery.start + timedelta(seconds=600)),
        "large": ("TOO_LARGE", None),
        "other": ("NO_STACK", None),
        "far": ("NO_PLACE", None),
    }


def test_without_any_delivery_jobs_wait_for_one(world: World) -> None:
    asked = JobRequest("one", "one", {"CUDA": ["x"]})
    [job] = submit_work(member_id=world.cast.ben.id, asked=asked, now=world.now)

    schedule_queue(member_id=world.cast.ben.id, now=world.now, factor=1)

    assert Job.objects.get(pk=job.pk).wait_reason == "NOTHING_HELD"


def test_an_array_is_many_jobs_under_one_id(world: World, delivery: Delivery) -> None:
    jobs = work(delivery, array=5, devices=2)
    again = work(delivery, array=5, devices=2)

    look(delivery)

    assert [job.pk for job in again] == [job.pk for job in jobs]
    assert [job.group_index for job in jobs] == [0, 1, 2, 3, 4]
    assert states(jobs).count("RUNNING") == 4
    with pytest.raises(JobIdReused):
        work(delivery, array=4, devices=2)


def test_a_gang_starts_whole_and_ends_whole(world: World, delivery: Delivery) -> None:
    [before] = work(delivery, "before", devices=3)
    look(delivery)
    gang = work(delivery, "gang", gang=2, devices=4)
    look(delivery)
    waiting = states(gang)
    end_try(job_id=before.pk, outcome="SUCCEEDED", reason="", now=delivery.start)
    look(delivery)
    running = states(gang)

    end_try(job_id=gang[0].pk, outcome="FAILED", reason="", now=delivery.start)

    assert (waiting, running) == (["QUEUED"] * 2, ["RUNNING"] * 2)
    assert states(gang) == ["FAILED", "RUNNING"]
    assert Job.objects.get(pk=gang[1].pk).cancel_asked
    assert broken() == []


def test_a_failed_job_is_tried_again_as_often_as_it_may(world: World, delivery: Delivery) -> None:
    [job] = work(delivery, max_retries=1)
    seen = []
    for _ in range(2):
        look(delivery)
        seen.append(Job.objects.get(pk=job.pk).external_id)
        end_try(job_id=job.pk, outcome="FAILED", reason="", now=delivery.start)

    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.tries) == ("FAILED", 2)
    assert seen == [f"job-{job.pk}", f"job-{job.pk}-2"]


def test_a_job_lost_with_its_delivery_goes_on_elsewhere(world: World, delivery: Delivery) -> None:
    [job] = work(delivery)
    look(delivery)

    end_jobs_of([delivery.id], "the delivery ended", delivery.start)

    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.allocation_id, row.variant_id) == ("QUEUED", None, None)


def test_a_job_bound_to_a_delivery_ends_with_it(world: World, delivery: Delivery) -> None:
    job = Job.objects.create(
        buyer_id=world.cast.ben.id,
        allocation_id=delivery.id,
        bound=True,
        name="bound",
        client_job_id="bound",
        submitted_at=delivery.start,
    )
    type(delivery.row).objects.filter(pk=delivery.id).update(state="FAILED")

    assert end_unserved(now=delivery.start) == 1

    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.reason) == ("FAILED", "the delivery ended")


def test_a_job_whose_deadline_passed_and_one_that_waited_long_end(
    world: World, delivery: Delivery
) -> None:
    [soon] = work(delivery, "soon", devices=9, deadline=delivery.start + timedelta(hours=1))
    [late] = work(delivery, "late", devices=9)

    assert end_unserved(now=delivery.start) == 0
    assert end_unserved(now=delivery.start + timedelta(hours=1)) == 1
    assert end_unserved(now=delivery.start + timedelta(days=30)) == 1

    reasons = [Job.objects.get(pk=job.pk).reason for job in (soon, late)]
    assert reasons == ["the deadline passed", "it waited too long"]


def test_urgent_work_makes_room_on_recallable_capacity(world: World, delivery: Delivery) -> None:
    trade = delivery.agreement.trade
    assert trade is not None
    Listing.objects.filter(pk=trade.listing_id).update(
        firmness="RECALLABLE", recall_notice_minutes=30
    )
    [patient] = work(delivery, "patient", devices=8, priority=2, saves_in_s=30, time_limit_s=3_600)
    look(delivery)

    [urgent] = work(delivery, "urgent", devices=4, priority=8)
    look(delivery)

    assert Job.objects.get(pk=patient.pk).preempted_at == delivery.start
    assert Job.objects.get(pk=urgent.pk).wait_reason == "MAKING_ROOM"
    end_try(
        job_id=patient.pk,
        outcome="FAILED",
        reason="preempted",
        outputs={"step": b"41"},
        now=delivery.start,
    )
    look(delivery)
    assert states([patient, urgent]) == ["QUEUED", "RUNNING"]
    assert bytes(JobOutput.objects.get(job=patient).content) == b"41"


def test_a_cancelled_group_stops_what_has_not_ended(world: World, delivery: Delivery) -> None:
    jobs = work(delivery, array=3, devices=4)
    look(delivery)
    group = jobs[0].group_id
    assert group is not None

    with pytest.raises(NotFound):
        cancel_group(member_id=world.cast.dana.id, group_id=group, now=delivery.start)
    cancel_group(member_id=world.cast.ben.id, group_id=group, now=delivery.start)

    assert states(jobs) == ["RUNNING", "RUNNING", "CANCELLED"]
    assert Job.objects.filter(cancel_asked=True).count() == 3


def test_others_cannot_stop_a_job(world: World, delivery: Delivery) -> None:
    [job] = work(delivery)

    with pytest.raises(NotFound):
        cancel_job(member_id=world.cast.ada.id, job_id=job.pk, now=delivery.start)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"priority": 10}, "priority"),
        ({"max_retries": 6}, "max_retries"),
        ({"saves_in_s": 301}, "saves_in_s"),
        ({"array": 1}, "array"),
        ({"gang": MAX_GROUP + 1}, "gang"),
        ({"array": 2, "gang": 2}, "gang"),
        ({"gang": 2, "max_retries": 1}, "gang"),
        ({"deadline": datetime(2020, 1, 1).astimezone()}, "deadline"),
    ],
)
def test_what_no_site_could_take_is_refused_by_name(
    world: World, delivery: Delivery, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(JobShapeRefused) as refused:
        work(delivery, **change)

    assert refused.value.field == field
    assert Job.objects.count() == 0


@pytest.mark.parametrize(
    ("outcome", "tried", "more", "state"),
    [
        ("SUCCEEDED", Tried(1, 0, 0, False, False), {}, "SUCCEEDED"),
        ("CANCELLED", Tried(1, 0, 5, False, False), {}, "CANCELLED"),
        ("FAILED", Tried(1, 0, 0, False, False), {}, "FAILED"),
        ("FAILED", Tried(1, 0, 1, False, False), {}, "QUEUED"),
        ("FAILED", Tried(2, 0, 1, False, False), {}, "FAILED"),
        ("FAILED", Tried(9, 0, 0, False, False), {"preempted": True}, "QUEUED"),
        ("FAILED", Tried(1, 1, 0, False, False), {"lost": True}, "QUEUED"),
        ("FAILED", Tried(1, 5, 5, False, False), {"lost": True}, "FAILED"),
        ("FAILED", Tried(1, 1, 0, False, True), {"lost": True}, "FAILED"),
        ("FAILED", Tried(1, 1, 5, True, False), {"lost": True}, "FAILED"),
    ],
)
def test_what_follows_a_try(outcome: str, tried: Tried, more: dict[str, bool], state: str) -> None:
    assert after_try(outcome, tried, **more) == state
