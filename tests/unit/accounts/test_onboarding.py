"""Joining in five steps, each of which can be left and resumed."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.domain.joining import Joining, is_fit_document
from accounts.models import Member, Onboarding, Person
from accounts.queries import members_awaiting_admission
from contracts.actions import publish_standard_terms
from tests.cast import NOON, Cast

pytestmark = pytest.mark.django_db
ORGANISATION = {
    "name": "Weaver Ltd",
    "name_zh": "织者",
    "code": "Weaver",
    "uscc": "9111 0000 6000 3734 1L",
    "beneficial_owner": "Weaver family",
    "capabilities": ["SELLER"],
}


@pytest.fixture
def newcomer(db: None) -> Client:
    client = Client()
    client.force_login(Person.objects.create_user("new@example.org", "a-long-enough-password"))
    return client


def _step(client: Client) -> str:
    answer: Any = client.get("/onboarding/")
    return answer["Location"].rstrip("/").rpartition("/")[2] if answer.status_code == 302 else ""


def _pdf(content: bytes = b"%PDF-1.7 licence") -> SimpleUploadedFile:
    return SimpleUploadedFile("licence.pdf", content)


def test_a_newcomer_walks_the_five_steps_and_is_admitted(newcomer: Client) -> None:
    cast = Cast()
    publish_standard_terms(now=NOON)
    assert _step(newcomer) == "organisation"
    assert newcomer.get("/onboarding/licence/").status_code == 404

    newcomer.post("/onboarding/organisation/", ORGANISATION)
    assert _step(newcomer) == "licence"
    newcomer.post("/onboarding/licence/", {"licence_number": "B1-2026", "document": _pdf()})
    assert _step(newcomer) == "people"
    newcomer.post("/onboarding/people/")
    assert _step(newcomer) == "settling"
    newcomer.post("/onboarding/settling/", {"settling": "CONNECTOR"})
    assert _step(newcomer) == "terms"
    assert newcomer.post("/onboarding/terms/").status_code == 422
    assert not members_awaiting_admission().exists()
    newcomer.post("/standard-terms/")
    for step in ("organisation", "licence", "people", "settling", "terms"):
        assert newcomer.get(f"/onboarding/{step}/").status_code == 200, step
    newcomer.post("/onboarding/terms/")

    assert newcomer.get("/onboarding/").status_code == 200
    member = members_awaiting_admission().get()
    operator = Client()
    operator.force_login(cast.eli.person)
    address = f"/admission/{member.pk}/"
    assert operator.get(address).status_code == 200
    document = operator.get(f"{address}document/")
    assert (document.content, document["Content-Type"]) == (
        b"%PDF-1.7 licence",
        "application/octet-stream",
    )
    operator.post(address, {"decision": "admit"})
    member.refresh_from_db()
    assert member.state == "ADMITTED"
    assert newcomer.get("/onboarding/").status_code == 200
    assert newcomer.get("/onboarding/licence/").status_code == 302


def test_what_was_sent_is_not_changed(newcomer: Client) -> None:
    newcomer.post("/onboarding/organisation/", ORGANISATION)
    Onboarding.objects.create(member=Member.objects.get(), submitted_at=NOON)

    answer = newcomer.post("/onboarding/people/")

    assert answer["Location"] == "/onboarding/"
    assert not Onboarding.objects.get().people_settled


def test_wrong_numbers_and_files_are_told_at_their_field(newcomer: Client) -> None:
    wrong = newcomer.post(
        "/onboarding/organisation/", ORGANISATION | {"uscc": "911100006000373411"}
    )
    assert "E-USCC-01" in wrong.content.decode()
    newcomer.post("/onboarding/organisation/", ORGANISATION)

    for content in (b"<html>", b"%PDF-" + b"x" * 2_000_001):
        answer = newcomer.post(
            "/onboarding/licence/", {"licence_number": "B1", "document": _pdf(content)}
        )
        assert "E-MEMBER-10" in answer.content.decode()
    assert "E-MEMBER-11" in newcomer.post("/onboarding/licence/", {}).content.decode()


def test_regulators_are_appointed_not_applied_for(newcomer: Client) -> None:
    answer = newcomer.post(
        "/onboarding/organisation/", ORGANISATION | {"capabilities": ["REGULATOR"]}
    )

    assert answer.status_code == 422
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [("", ""), ("9111", "14"), ("91110000600037341L", "right"), ("91110000600037341M", "fit")],
)
def test_the_company_number_is_checked_while_it_is_typed(
    client: Client, typed: str, says: str
) -> None:
    answer = client.get("/onboarding/check-company-number/", {"uscc": typed})

    assert says in answer.content.decode()


def test_a_buyer_needs_no_licence() -> None:
    buyer = Joining(frozenset({"BUYER"}), "", False, True, "WALLET", True, False)
    seller = Joining(frozenset({"SELLER"}), "", False, True, "WALLET", True, False)

    assert buyer.complete
    assert (seller.complete, seller.next_step()) == (False, "licence")
    assert is_fit_document(b"\x89PNG\r\n\x1a\n")
