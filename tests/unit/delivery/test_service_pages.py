"""A service's page: where it answers, how it is, how it was, in both languages."""

from typing import Any

import pytest

from delivery.actions import schedule_queue
from delivery.actions.serving import record_look
from delivery.domain.serving import Look, Verdict
from delivery.models import Allocation, Job
from delivery.pages.services import stretches
from delivery.pages.words import HEALTHS, VERDICTS
from tests.unit.delivery.story import Delivery
from tests.unit.delivery.test_queue_pages import form, visitor
from tests.world import World
from timetable.queries import wall_now

WELL, ILL = Look(Verdict.PASSED, 200, 900), Look(Verdict.FAILED, 503, 1_900, "")
AWAY = Look(Verdict.UNKNOWN, detail="the site is silent")


@pytest.fixture
def job(world: World) -> Job:
    """A service that was submitted by form, and runs on a delivery that has begun."""
    delivery = Delivery(world)
    delivery.begin()
    # The page needs no cell: the connector alone decides where a service may go.
    Allocation.objects.filter(pk=delivery.id).update(connector="process")
    asked = form(kind="SERVICE", port=8080, health_path="/health", variants="CUDA: serve")
    assert visitor(world.cast.ben).post("/queue/", asked).status_code == 302
    schedule_queue(member_id=world.cast.ben.id, now=delivery.start, factor=1)
    return Job.objects.get()


def looked(job: Job, *looks: Look) -> None:
    for found in looks:
        record_look(
            service_id=job.service.pk,
            attempt=job.tries,
            found=found,
            now=job.submitted_at,
            wall=wall_now(),
        )


def test_every_state_and_verdict_has_its_words() -> None:
    assert set(HEALTHS) == {"STARTING", "UP", "DOWN"}
    assert set(VERDICTS) == {verdict.value for verdict in Verdict}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Endpoint", "Up", "75.0\u00a0%", "Did not answer well", "the site is silent"]),
        ("zh-hans", ["端点", "可用", "75.0\u00a0%", "应答异常"]),
    ],
)
def test_the_page_shows_how_a_service_is_and_was(
    world: World, job: Job, language: str, words: list[str]
) -> None:
    looked(job, WELL, ILL, WELL, AWAY, WELL)

    page = visitor(world.cast.ben, language).get(f"/jobs/{job.pk}/").content.decode()

    assert (job.state, job.service.port, job.service.health_path) == ("RUNNING", 8080, "/health")
    for word in words:
        assert word in page, word
    assert visitor(world.cast.dana).get(f"/jobs/{job.pk}/").status_code == 404


def test_looks_that_found_the_same_are_one_stretch(world: World, job: Job) -> None:
    looked(job, WELL, WELL, ILL, WELL, WELL, WELL)

    found = stretches(list(job.service.checks.all()))

    assert [(stretch.looks, stretch.detail) for stretch in found] == [
        (3, "HTTP 200"),
        (1, "HTTP 503"),
        (2, "HTTP 200"),
    ]
    assert all(stretch.first_at <= stretch.last_at for stretch in found)


def test_the_address_is_given_by_a_button_to_the_buyer_alone(
    world: World, job: Job, settings: Any
) -> None:
    settings.DOOR_URL = "http://127.0.0.1:8005"
    client = visitor(world.cast.ben)
    before = client.get(f"/jobs/{job.pk}/").content.decode()

    answer = client.post(f"/jobs/{job.pk}/endpoint/")

    assert "/t/" not in before
    assert f"http://127.0.0.1:8005/{job.pk}/" in before
    assert f"http://127.0.0.1:8005/t/{job.pk}:" in answer.content.decode()
    assert visitor(world.cast.dana).post(f"/jobs/{job.pk}/endpoint/").status_code == 404
    settings.DOOR_URL = ""
    refused = client.post(f"/jobs/{job.pk}/endpoint/").content.decode()
    assert "no door for services" in refused


def test_the_api_tells_of_a_service_what_its_page_does(
    world: World, job: Job, settings: Any
) -> None:
    settings.DOOR_URL = "http://127.0.0.1:8005"
    looked(job, WELL, ILL)
    client = visitor(world.cast.ben)

    told = client.get(f"/api/v1/jobs/{job.pk}/").json()
    health = client.get(f"/api/v1/jobs/{job.pk}/health/").json()["results"]
    opened = client.post(f"/api/v1/jobs/{job.pk}/endpoint/", content_type="application/json").json()

    assert (told["kind"], told["time_limit_s"]) == ("SERVICE", 0)
    assert (told["service"]["health"], told["service"]["failed_in_a_row"]) == ("UP", 1)
    assert [row["verdict"] for row in health] == ["FAILED", "PASSED"]
    assert opened["token_url"] == f"http://127.0.0.1:8005/{job.pk}/"
    for address in ("", "health/"):
        strange = visitor(world.cast.dana).get(f"/api/v1/jobs/{job.pk}/{address}")
        assert strange.status_code == 404


@pytest.mark.parametrize(
    ("service", "status", "field"),
    [
        ({"port": 80}, 400, "port"),
        ({"port": 8080, "health_path": "x"}, 422, "health_path"),
        ({"port": 8080, "interval_s": 3, "timeout_s": 5}, 422, "timeout_s"),
        ({"port": 8080, "host": "10.0.0.1"}, 400, "host"),
        ({}, 400, "port"),
    ],
)
def test_a_service_that_could_not_be_is_refused_by_field(
    world: World, service: dict[str, Any], status: int, field: str
) -> None:
    body = {"client_job_id": "s", "name": "s", "variants": {"CPU": ["x"]}, "service": service}

    answer = visitor(world.cast.ben).post("/api/v1/jobs/", body, content_type="application/json")

    assert answer.status_code == status
    assert field in str(answer.json())
    assert Job.objects.count() == 0


def test_a_service_takes_no_time_limit_and_work_needs_none(world: World) -> None:
    client = visitor(world.cast.ben)
    body = {"client_job_id": "s", "name": "s", "variants": {"CPU": ["x"]}}
    both = body | {"service": {"port": 8080}, "time_limit_s": 60}

    refused = client.post("/api/v1/jobs/", both, content_type="application/json")
    taken = client.post("/api/v1/jobs/", body, content_type="application/json")

    assert refused.status_code == 422
    assert "time_limit_s" in str(refused.json())
    assert taken.json()["jobs"][0]["time_limit_s"] == 60
