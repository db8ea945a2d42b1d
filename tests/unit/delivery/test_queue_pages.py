"""The queue's page and a job's: what waits and why, what was written, what was left."""

from typing import Any

import pytest

from delivery.actions import drive_job, schedule_queue
from delivery.actions.ending import keep_outputs
from delivery.domain.queue import Why
from delivery.models import Job
from delivery.pages.why import WAITS
from tests.cast import visitor
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.queries import wall_now


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world)
    delivery.begin()
    return delivery


def form(**change: Any) -> dict[str, Any]:
    return {
        "name": "train",
        "variants": "CUDA: python3 train.py\ncann: python3 npu.py",
        "devices": 2,
        "time_limit_s": 60,
        "min_memory_gb": 0,
        "priority": 5,
        "team": "vision",
        "client_job_id": "form-1",
    } | change


def test_every_reason_has_its_words() -> None:
    assert set(Why) < set(WAITS)


def test_a_buyer_submits_work_and_reads_its_page(world: World, delivery: Delivery) -> None:
    client = visitor(world.cast.ben)

    answer = client.post("/queue/", form())

    job = Job.objects.get()
    assert answer.url == f"/jobs/{job.pk}/"
    assert sorted(job.variants.values_list("stack", flat=True)) == ["CANN", "CUDA"]
    assert "Not looked at yet" in client.get(answer.url).content.decode()
    drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    keep_outputs(job, {"model.bin": b"1234"}, delivery.start)
    text = client.get(answer.url).content.decode()
    assert "model.bin" in text
    assert "simulated site" in text
    file = job.outputs.get()
    assert client.get(f"/jobs/{job.pk}/files/{file.pk}/").content == b"1234"
    for stranger in (world.cast.dana, world.cast.ada):
        assert visitor(stranger).get(f"/jobs/{job.pk}/files/{file.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("language", "reason", "advice"),
    [
        ("en", "It wants more devices than any fitting delivery has", "Ask for fewer devices"),
        ("zh-hans", "所需设备数超过任何一个合适的交付", "减少设备数"),
    ],
)
def test_the_queue_says_why_each_job_waits_and_what_would_help(
    world: World, delivery: Delivery, language: str, reason: str, advice: str
) -> None:
    client = visitor(world.cast.ben, language)
    client.post("/queue/", form(devices=9, kind="ARRAY", size=3))
    client.post("/queue/", form(name="fits", client_job_id="form-2"))
    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)

    text = client.get("/queue/").content.decode()

    assert text.count(reason) == 3
    assert advice in text
    assert "fits" in text
    assert Job.objects.filter(state="RUNNING").get().name == "fits"


@pytest.mark.parametrize(
    "change",
    [
        {"variants": "python3 train.py"},
        {"variants": ""},
        {"kind": "GANG"},
        {"kind": "GANG", "size": 2, "saves_in_s": 5},
        {"priority": 12},
        {"devices": 0},
    ],
)
def test_refused_work_shows_the_form_again(
    world: World, delivery: Delivery, change: dict[str, Any]
) -> None:
    assert visitor(world.cast.ben).post("/queue/", form(**change)).status_code == 422
    assert Job.objects.count() == 0


def test_a_running_job_s_page_follows_its_output(
    world: World, delivery: Delivery, settings: Any
) -> None:
    settings.EVENTS_URL = "http://127.0.0.1:8003"
    client = visitor(world.cast.ben)
    client.post("/queue/", form())
    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)
    job = Job.objects.get()

    page = client.get(f"/jobs/{job.pk}/").content.decode()
    part = client.get(f"/jobs/{job.pk}/?part=state", headers={"HX-Request": "true"})

    assert f'data-stream="http://127.0.0.1:8003/events/jobs/{job.pk}/?ticket=' in page
    assert 'hx-trigger="every 2s"' in part.content.decode()
    assert "<html" not in part.content.decode()


def test_a_group_is_stopped_from_a_member_s_page(world: World, delivery: Delivery) -> None:
    client = visitor(world.cast.ben)
    client.post("/queue/", form(kind="GANG", size=2))
    group = Job.objects.earliest("id").group_id

    assert visitor(world.cast.dana).post(f"/job-groups/{group}/cancel/").status_code == 404
    assert client.post(f"/job-groups/{group}/cancel/").status_code == 302

    assert set(Job.objects.values_list("state", flat=True)) == {"CANCELLED"}
