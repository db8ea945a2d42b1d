"""The job door of the whole buyer: queue, groups, files and the live output."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.test import AsyncClient, Client

from delivery.actions import drive_job
from delivery.actions.ending import keep_outputs
from delivery.adapters.tickets import opens, stream_address
from delivery.models import Job
from tests.cast import Player
from tests.unit.delivery.story import Delivery
from tests.world import World
from timetable.queries import wall_now


def caller(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world)
    delivery.begin()
    return delivery


def submit(player: Player, **more: Any) -> Any:
    body = {"client_job_id": "w-1", "name": "train", "variants": {"CUDA": ["python3", "t.py"]}}
    return caller(player).post("/api/v1/jobs/", body | more, content_type="application/json")


def test_work_is_submitted_to_the_buyer_and_runs_on_its_delivery(
    world: World, delivery: Delivery
) -> None:
    answer = submit(world.cast.ben, team="vision", priority=7)

    [job] = answer.json()["jobs"]
    assert (answer.status_code, job["state"], job["allocation"]) == (201, "QUEUED", None)
    drive_job(job_id=job["id"], now=delivery.start, wall=wall_now())
    job = caller(world.cast.ben).get(f"/api/v1/jobs/{job['id']}/").json()
    assert (job["state"], job["stack"], job["team"]) == ("SUCCEEDED", "CUDA", "vision")
    assert job["allocation"] == delivery.row.external_name


def test_the_queue_is_listed_in_line_with_its_reasons(world: World, delivery: Delivery) -> None:
    submit(world.cast.ben, client_job_id="late", priority=1, devices=9)
    submit(world.cast.ben, client_job_id="soon", priority=9, devices=9)
    drive_job(job_id=Job.objects.earliest("id").pk, now=delivery.start, wall=wall_now())

    rows = caller(world.cast.ben).get("/api/v1/jobs/?state=QUEUED").json()["results"]

    assert [(row["client_job_id"], row["wait_reason"]) for row in rows] == [
        ("soon", "TOO_LARGE"),
        ("late", "TOO_LARGE"),
    ]


def test_a_group_is_answered_whole_and_cancelled_whole(world: World, delivery: Delivery) -> None:
    answer = submit(world.cast.ben, gang=3).json()
    again = submit(world.cast.ben, gang=3).json()
    address = f"/api/v1/job-groups/{answer['group']}/cancel/"

    strange = caller(world.cast.dana).post(address, content_type="application/json")
    cancelled = caller(world.cast.ben).post(address, content_type="application/json")

    assert again == answer
    assert [job["group_index"] for job in answer["jobs"]] == [0, 1, 2]
    assert strange.status_code == 404
    assert [job["state"] for job in cancelled.json()] == ["CANCELLED"] * 3


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"array": 2, "gang": 2}, 422, "gang"),
        ({"array": 101}, 400, "array"),
        ({"priority": 11}, 400, "priority"),
        ({"deadline": "2020-01-01T00:00:00Z"}, 422, "deadline"),
        ({"deadline": "soon"}, 400, "deadline"),
        ({"gpu": 1}, 400, "gpu"),
    ],
)
def test_bad_work_is_refused_by_field(
    world: World, delivery: Delivery, change: dict[str, Any], status: int, field: str
) -> None:
    answer = submit(world.cast.ben, **change)

    assert answer.status_code == status
    assert field in str(answer.json())
    assert Job.objects.count() == 0


def test_files_are_handed_to_their_buyer_and_never_shown(world: World, delivery: Delivery) -> None:
    number = submit(world.cast.ben).json()["jobs"][0]["id"]
    job = Job.objects.get(pk=number)
    keep_outputs(job, {"more/page.html": b"<script>"}, delivery.start)
    client = caller(world.cast.ben)

    [file] = client.get(f"/api/v1/jobs/{number}/outputs/").json()
    address = f"/api/v1/jobs/{number}/outputs/{file['id']}/"
    content = client.get(address)

    assert (file["name"], file["size_bytes"]) == ("more/page.html", 8)
    assert content.content == b"<script>"
    assert content["Content-Type"] == "application/octet-stream"
    assert content["Content-Disposition"].startswith("attachment;")
    for stranger in (world.cast.dana, world.cast.ada):
        assert caller(stranger).get(address).status_code == 404
        assert caller(stranger).get(f"/api/v1/jobs/{number}/outputs/").status_code == 404


def test_the_address_of_the_live_output_is_for_its_buyer(
    world: World, delivery: Delivery, settings: Any
) -> None:
    settings.EVENTS_URL = "http://127.0.0.1:8003"
    number = submit(world.cast.ben).json()["jobs"][0]["id"]
    address = f"/api/v1/jobs/{number}/log/stream/"

    given = caller(world.cast.ben).post(address, content_type="application/json").json()

    strange = caller(world.cast.dana).post(address, content_type="application/json")
    assert strange.status_code == 404
    ticket = given["url"].partition("?ticket=")[2]
    assert opens(ticket, number)
    assert not opens(ticket, number + 1)
    assert not opens(ticket + "x", number)


@pytest.mark.django_db(transaction=True)
def test_the_output_is_streamed_from_where_the_reader_was(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR, settings.PRODUCTION = tmp_path, True
    world = World()
    delivery = Delivery(world)
    delivery.begin()
    number = submit(world.cast.ben).json()["jobs"][0]["id"]
    drive_job(job_id=number, now=delivery.start + timedelta(minutes=1), wall=wall_now())

    async def read(address: str) -> tuple[int, str]:
        answer = await AsyncClient().get(address)
        if answer.status_code != 200:
            return answer.status_code, ""
        parts = [part async for part in answer.streaming_content]  # type: ignore[attr-defined]
        return 200, b"".join(parts).decode()

    address = stream_address(number)
    status, text = asyncio.run(read(address))
    _, rest = asyncio.run(read(f"{address}&after=1"))
    refused, _ = asyncio.run(read(address.replace("ticket=", "ticket=x")))

    assert status == 200
    assert "id: 1\nevent: piece\ndata: {" in text
    assert text.endswith('event: end\ndata: {"state": "SUCCEEDED"}\n\n')
    assert "event: piece" not in rest
    assert refused == 404
