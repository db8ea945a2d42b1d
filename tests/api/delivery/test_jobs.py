from typing import Any

import pytest
from django.test import Client

from delivery.actions import drive_job
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


def job(**more: Any) -> dict[str, Any]:
    return {
        "client_job_id": "train-1",
        "name": "train",
        "variants": {"CUDA": ["python3", "train.py"], "CANN": ["python3", "train_npu.py"]},
    } | more


def submit(player: Player, delivery: Delivery, body: dict[str, Any]) -> Any:
    return caller(player).post(
        f"/api/v1/allocations/{delivery.id}/jobs/", body, content_type="application/json"
    )


def test_the_variant_for_the_pool_s_stack_runs(world: World, delivery: Delivery) -> None:
    answer = submit(world.cast.ben, delivery, job())

    assert answer.status_code == 201
    assert (answer.json()["stack"], answer.json()["state"]) == ("CUDA", "QUEUED")
    number = answer.json()["id"]
    drive_job(job_id=number, now=delivery.start, wall=wall_now())
    client = caller(world.cast.ben)
    assert client.get(f"/api/v1/jobs/{number}/").json()["state"] == "SUCCEEDED"
    pieces = client.get(f"/api/v1/jobs/{number}/log/").json()
    assert "simulated" in pieces[0]["text"]
    assert client.get(f"/api/v1/jobs/{number}/log/?after=1").json() == []


def test_the_same_job_twice_is_one_job(world: World, delivery: Delivery) -> None:
    first = submit(world.cast.ben, delivery, job())
    second = submit(world.cast.ben, delivery, job())
    other = submit(world.cast.ben, delivery, job(name="something else"))

    assert first.json()["id"] == second.json()["id"]
    assert (other.status_code, other.json()["code"]) == (409, "E-IDEM-01")
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"variants": {"ROCM": ["x"]}}, 422, "E-JOB-01"),
        ({"devices": 9}, 422, "E-JOB-02"),
        ({"variants": {}}, 422, "E-JOB-03"),
        ({"variants": {"CUDA": []}}, 422, "E-JOB-03"),
        ({"variants": {"CUDA": [""]}}, 400, "invalid"),
        ({"variants": {"CUDA": ["x"] * 65}}, 422, "E-JOB-03"),
        ({"variants": {"A-NAME-TOO-LONG": ["x"]}}, 422, "E-JOB-03"),
        ({"devices": 0}, 400, "invalid"),
        ({"time_limit_s": 3_601}, 400, "invalid"),
        ({"name": " "}, 400, "invalid"),
        ({"priority": 1}, 400, "invalid"),
    ],
)
def test_a_job_that_cannot_be_taken_is_refused_by_name(
    world: World, delivery: Delivery, change: dict[str, Any], status: int, code: str
) -> None:
    answer = submit(world.cast.ben, delivery, job(**change))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Job.objects.count() == 0


def test_a_job_is_cancelled_once(world: World, delivery: Delivery) -> None:
    number = submit(world.cast.ben, delivery, job()).json()["id"]
    client = caller(world.cast.ben)

    first = client.post(f"/api/v1/jobs/{number}/cancel/", content_type="application/json")
    second = client.post(f"/api/v1/jobs/{number}/cancel/", content_type="application/json")

    assert first.json()["state"] == "CANCELLED"
    assert (second.status_code, second.json()["code"]) == (409, "E-STATE-01")


@pytest.mark.parametrize("name", ["dana", "finn", "gwen"])
def test_strangers_find_nothing(world: World, delivery: Delivery, name: str) -> None:
    number = submit(world.cast.ben, delivery, job()).json()["id"]
    stranger = getattr(world.cast, name)
    client = caller(stranger)

    assert client.get("/api/v1/allocations/").json()["results"] == []
    assert client.get("/api/v1/jobs/").json()["results"] == []
    for address in (
        f"allocations/{delivery.id}/",
        f"allocations/{delivery.id}/readings/",
        f"allocations/{delivery.id}/seals/",
        f"jobs/{number}/",
        f"jobs/{number}/log/",
    ):
        assert client.get(f"/api/v1/{address}").status_code == 404
    assert submit(stranger, delivery, job()).status_code == 404
    assert (
        client.post(f"/api/v1/jobs/{number}/cancel/", content_type="application/json").status_code
        == 404
    )


def test_the_seller_sees_the_delivery_but_not_the_job(world: World, delivery: Delivery) -> None:
    number = submit(world.cast.ben, delivery, job()).json()["id"]
    client = caller(world.cast.ada)

    assert client.get(f"/api/v1/allocations/{delivery.id}/").status_code == 200
    assert client.get(f"/api/v1/jobs/{number}/").status_code == 404
    assert submit(world.cast.ada, delivery, job()).status_code == 404
