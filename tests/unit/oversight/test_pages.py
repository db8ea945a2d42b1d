"""Registry, assessments and centres on screen: who sees them and what they say."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from exchange.window import delivery_day
from marketplace.models import Site
from oversight.actions import assess_all, seed_registry
from oversight.models import Assessment, Licence, Project
from tests.unit.oversight.national import NOW, member, person, site
from tests.unit.oversight.test_importing import GOOD, HEAD

pytestmark = pytest.mark.django_db
REGULATORS_PAGES = ("registry", "projects", "assessments", "what_if", "interventions", "national")
CHINESE = {"accept-language": "zh-hans"}


@pytest.fixture
def cleo() -> Client:
    client = Client()
    client.force_login(person("cleo@state.example", member("state", "REGULATOR")))
    return client


@pytest.fixture
def ben() -> Client:
    client = Client()
    client.force_login(person("ben@ben.example", member("ben", "BUYER")))
    return client


@pytest.fixture
def market() -> Site:
    place = site("qingyang-1")
    seed_registry(now=NOW)
    assess_all(as_of=delivery_day(NOW), now=NOW)
    return place


@pytest.mark.parametrize("name", REGULATORS_PAGES)
def test_a_buyer_is_told_that_there_is_no_such_page(ben: Client, name: str) -> None:
    assert ben.get(reverse(f"oversight:{name}")).status_code == 404


@pytest.mark.parametrize("name", REGULATORS_PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_with_and_without_rows(cleo: Client, name: str, language: str) -> None:
    headers = {"accept-language": language}
    assert cleo.get(reverse(f"oversight:{name}"), headers=headers).status_code == 200

    seed_registry(now=NOW)

    page = cleo.get(reverse(f"oversight:{name}"), headers=headers)
    assert page.status_code == 200
    assert " style=" not in page.text
    assert "onclick" not in page.text


def test_licences_are_found_by_number_holder_and_province(cleo: Client, market: Site) -> None:
    address = reverse("oversight:registry")

    assert "B11-qingyang-1" in cleo.get(address, {"q": "b11-qing"}).text
    assert "B11-qingyang-1" in cleo.get(address, {"province": "gs", "status": "VALID"}).text
    nothing = cleo.get(address, {"q": "nowhere"})
    assert "Clear them" in nothing.text


def test_the_registry_is_exported_as_it_is_filtered(cleo: Client, market: Site) -> None:
    answer = cleo.get(reverse("oversight:export", args=["projects"]), {"province": "gs"})

    lines = answer.text.strip().splitlines()
    assert answer.headers["content-disposition"] == 'attachment; filename="projects.csv"'
    assert len(lines) == 1 + Project.objects.filter(province="gs").count()
    assert lines[0].startswith("\ufeffcode,name")


def test_a_file_is_looked_at_first_and_then_imported(cleo: Client, market: Site) -> None:
    Licence.objects.all().delete()
    Site.objects.update(licence_no="")
    address = reverse("oversight:import", args=["licences"])
    content = HEAD + GOOD + "B11-2,,,gs,2024-01-01,2029-01-01,VALID,\n"

    preview = cleo.post(address, {"file": SimpleUploadedFile("l.csv", content.encode())})

    assert preview.status_code == 200
    assert (preview.context["report"].new, len(preview.context["report"].bad)) == (1, 1)
    assert "holder_name is empty." in preview.text
    assert Licence.objects.count() == 0

    kept = preview.context["form"].initial["content"]
    refused = cleo.post(address, {"content": kept, "step": "bad"})
    assert "holder_name is empty." in refused.text
    assert cleo.post(address, {"content": kept, "step": "import"}).status_code == 302
    assert Licence.objects.get().number == "B11-1"


@pytest.mark.parametrize("file", [None, b"\xff\xfe\x00bad", b"x" * 900_001])
def test_a_file_that_cannot_be_read_is_refused_in_place(cleo: Client, file: bytes | None) -> None:
    data = {"file": SimpleUploadedFile("l.csv", file)} if file else {}

    answer = cleo.post(reverse("oversight:import", args=["licences"]), data)

    assert answer.status_code == 422


def test_verdicts_are_listed_with_the_rule_that_decided(cleo: Client, market: Site) -> None:
    Assessment.objects.filter(site=market).update(verdict="FAIL")

    page = cleo.get(reverse("oversight:assessments"), {"kind": "site"})

    assert "Qingyang-1" in page.text
    assert cleo.get(reverse("oversight:assessments"), {"verdict": "FAIL"}).status_code == 200


def test_a_verdict_shows_its_evidence(cleo: Client, market: Site) -> None:
    row = Assessment.objects.get(site=market)

    page = cleo.get(reverse("oversight:assessment", args=[row.pk]))

    assert "18.0" in page.text  # RTT, ms
    assert "1.15" in page.text  # PUE
    assert "illustrative" in page.text
    assert cleo.get(reverse("oversight:assessment", args=[row.pk + 10_000])).status_code == 404


def test_a_project_verdict_opens_in_chinese(cleo: Client, market: Site) -> None:
    row = Assessment.objects.filter(site=None).first()
    assert row is not None

    page = cleo.get(reverse("oversight:assessment", args=[row.pk]), headers=CHINESE)

    assert "项目" in page.text


def test_the_last_closed_day_is_assessed_from_the_page(cleo: Client, market: Site) -> None:
    Assessment.objects.all().delete()

    assert cleo.post(reverse("oversight:run")).status_code == 302

    assert Assessment.objects.count() > 0


def test_a_what_if_lists_who_changes_and_hands_it_out_as_csv(cleo: Client, market: Site) -> None:
    question = {"utilisation": "99", "latency_ms": "1", "measured": "on", "small_pflops": "99999"}
    address = reverse("oversight:what_if")
    before = Assessment.objects.count()

    page = cleo.get(address, question)
    sheet = cleo.get(address, {**question, "format": "csv"})

    assert page.context["changed"] > 0
    assert "Qingyang-1" in page.text
    assert sheet.text.startswith("\ufeffkind,name,now,then")
    assert Assessment.objects.count() == before
    assert cleo.get(address, {"utilisation": "101"}).status_code == 422


def test_a_what_if_with_the_present_limits_changes_nobody(cleo: Client, market: Site) -> None:
    page = cleo.get(
        reverse("oversight:what_if"), {"utilisation": "20", "agreements": "30", "ratio": ""}
    )

    assert page.context["changed"] == 0
    assert page.context["form"]["latency_ms"].value() == 20


def test_anyone_reads_the_public_record_of_a_centre(market: Site) -> None:
    stranger = Client()

    listed = stranger.get(reverse("oversight:centres"), {"q": "qing", "province": "gs"})
    shown = stranger.get(reverse("oversight:centre", args=["qingyang-1"]))

    assert "Ascend 910B" in listed.text
    assert "1.15" in shown.text
    assert "18.0" in shown.text
    assert "CN-qingyang-1" in shown.text
    assert stranger.get(reverse("oversight:centre", args=["nowhere"])).status_code == 404
    assert stranger.get(reverse("oversight:centres"), headers=CHINESE).status_code == 200


def test_a_viewer_of_the_regulator_looks_and_does_not_act(market: Site) -> None:
    client = Client()
    client.force_login(person("vera@state.example", member("state", "REGULATOR"), "VIEWER"))

    assert client.get(reverse("oversight:national")).status_code == 200
    assert client.post(reverse("oversight:run")).status_code == 403
    assert client.post(reverse("oversight:emergency"), {}).status_code == 403
