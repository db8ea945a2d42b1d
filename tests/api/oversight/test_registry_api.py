"""The registry through the API: who reads what, and that parameters are strict."""

import pytest
from django.test import Client
from django.urls import reverse

from exchange.window import delivery_day
from oversight.actions import assess_all, seed_registry
from tests.unit.oversight.national import NOW, member, person, site

pytestmark = pytest.mark.django_db
WATCHED = ("api-national-ratios", "api-licences", "api-assessments")


@pytest.fixture(autouse=True)
def _market() -> None:
    site("qingyang-1")
    seed_registry(now=NOW)
    assess_all(as_of=delivery_day(NOW), now=NOW)


def caller(capability: str) -> Client:
    client = Client()
    client.force_login(person("x@x.example", member("x", capability)))
    return client


@pytest.mark.parametrize("capability", ["BUYER", "SELLER", "BROKER", "CARRIER"])
@pytest.mark.parametrize("name", WATCHED)
def test_traders_do_not_read_the_registry(capability: str, name: str) -> None:
    assert caller(capability).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", [*WATCHED, "api-statistics"])
def test_strangers_read_nothing(name: str) -> None:
    assert Client().get(reverse(name)).status_code in {401, 403}


@pytest.mark.parametrize("name", [*WATCHED, "api-statistics"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_here(name: str, method: str) -> None:
    answer = getattr(caller("REGULATOR"), method)(reverse(name), content_type="application/json")

    assert answer.status_code == 405


def test_any_member_reads_the_published_figures() -> None:
    rows = caller("BUYER").get(reverse("api-statistics"), {"page_size": 100}).json()["results"]

    by_code = {row["code"]: row for row in rows}
    assert by_code["licensed-centres"]["value"] == 7000
    assert by_code["cancellations-2023"]["source"].startswith("Reuters")


def test_a_regulator_reads_ratios_of_the_nation_and_of_provinces() -> None:
    answer = caller("REGULATOR").get(reverse("api-national-ratios"), {"days": 7}).json()

    assert answer["nation"]["rack_occupancy_bp"] == 6200
    assert answer["provinces"]["gs"]["installed_device_hours"] == 100 * 24 * 7
    assert answer["days"] == 7


def test_a_regulator_finds_a_licence() -> None:
    client = caller("REGULATOR")

    found = client.get(reverse("api-licences"), {"province": "gs"}).json()["results"]

    assert [(row["number"], row["site"]) for row in found] == [("B11-qingyang-1", "qingyang-1")]
    assert client.get(reverse("api-licences"), {"search": "zz"}).json()["results"] == []


def test_verdicts_carry_their_evidence() -> None:
    rows = caller("OPERATOR").get(reverse("api-assessments"), {"page_size": 100}).json()["results"]

    row = next(row for row in rows if row["site"] == "qingyang-1")
    assert {finding["kind"] for finding in row["findings"]} >= {"PUE_LIMIT", "LATENCY_TARGET"}
    assert all(finding["version"] == 1 for finding in row["findings"])


@pytest.mark.parametrize(
    ("name", "question", "field"),
    [
        ("api-licences", {"colour": "red"}, "colour"),
        ("api-licences", {"status": "GONE"}, "status"),
        ("api-national-ratios", {"days": "0"}, "days"),
        ("api-assessments", {"as_of": "spring"}, "as_of"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(
    name: str, question: dict[str, str], field: str
) -> None:
    answer = caller("REGULATOR").get(reverse(name), question)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
