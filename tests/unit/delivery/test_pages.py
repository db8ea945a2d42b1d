from typing import Any

import pytest

from delivery.actions import drive_job, seal_due_hours
from delivery.models import Job
from tests.cast import visitor
from tests.unit.delivery.story import QUARTER, Delivery
from tests.world import World
from timetable.queries import wall_now


@pytest.fixture
def delivery(world: World, settings: Any) -> Delivery:
    delivery = Delivery(world)
    delivery.begin()
    settings.SIMULATED_SITES = {"unhealthy_bp": 3_000}
    delivery.quarters(5)
    return delivery


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["ada", "ben", "cleo", "eli"])
def test_parties_and_overseers_read_the_delivery(
    world: World, delivery: Delivery, name: str, language: str
) -> None:
    client = visitor(getattr(world.cast, name))
    client.cookies["django_language"] = language

    page = client.get(f"/deliveries/{delivery.id}/")

    assert page.status_code == 200
    text = page.content.decode()
    assert delivery.agreement.number in text
    assert delivery.row.chain_head in text
    assert ("Run job" in text or "运行" in text) == (name == "ben")
    assert delivery.agreement.number in client.get("/deliveries/").content.decode()


@pytest.mark.parametrize("name", ["dana", "finn", "gwen"])
def test_strangers_find_no_delivery(world: World, delivery: Delivery, name: str) -> None:
    client = visitor(getattr(world.cast, name))

    assert client.get(f"/deliveries/{delivery.id}/").status_code == 404
    assert delivery.agreement.number not in client.get("/deliveries/").content.decode()


def test_the_page_says_how_much_was_delivered_and_proves_it(
    world: World, delivery: Delivery
) -> None:
    seal_due_hours(now=delivery.start + 5 * QUARTER)

    text = visitor(world.cast.ben).get(f"/deliveries/{delivery.id}/?verify=1").content.decode()

    assert "of 8.0 device-hours delivered so far" in text
    assert "5 hashes and 5 signatures hold" in text


def test_a_buyer_runs_a_job_and_reads_its_output(world: World, delivery: Delivery) -> None:
    client = visitor(world.cast.ben)
    form = {
        "name": "answer",
        "command": 'python3 -c "print(6 * 7)"',
        "others": "CANN: python3 npu.py",
        "devices": 1,
        "time_limit_s": 10,
        "client_job_id": "form-1",
    }

    answer = client.post(f"/deliveries/{delivery.id}/", form)
    again = client.post(f"/deliveries/{delivery.id}/", form)

    job = Job.objects.get()
    assert answer.url == again.url == f"/jobs/{job.pk}/"
    assert job.variant is not None
    assert job.variant.command == ["python3", "-c", "print(6 * 7)"]
    drive_job(job_id=job.pk, now=delivery.start, wall=wall_now())
    assert "simulated site" in client.get(f"/jobs/{job.pk}/").content.decode()
    fragment = client.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "every 1s" not in fragment
    assert f"J{job.pk}" in client.get("/jobs/").content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"command": 'python3 -c "open'},
        {"command": ""},
        {"others": "no colon here"},
        {"devices": 99},
        {"time_limit_s": 0},
    ],
)
def test_a_refused_job_shows_the_form_again(
    world: World, delivery: Delivery, change: dict[str, Any]
) -> None:
    form = {
        "name": "answer",
        "command": "true",
        "others": "",
        "devices": 1,
        "time_limit_s": 10,
        "client_job_id": "form-1",
    } | change

    answer = visitor(world.cast.ben).post(f"/deliveries/{delivery.id}/", form)

    assert answer.status_code == 422
    assert Job.objects.count() == 0


def test_a_queued_job_is_stopped_from_its_page(world: World, delivery: Delivery) -> None:
    client = visitor(world.cast.ben)
    client.post(
        f"/deliveries/{delivery.id}/",
        {
            "name": "long",
            "command": "sleep 9",
            "devices": 1,
            "time_limit_s": 10,
            "client_job_id": "x",
        },
    )
    job = Job.objects.get()

    assert visitor(world.cast.dana).post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 302

    assert Job.objects.get().state == "CANCELLED"


def test_the_operator_sees_how_connectors_stand(world: World, delivery: Delivery) -> None:
    page = visitor(world.cast.eli).get("/connectors/")

    assert page.status_code == 200
    assert "simulated" in page.content.decode()
    assert visitor(world.cast.ben).get("/connectors/").status_code == 404
