"""People of operators and regulators need a second factor; seeded demo people in a sandbox not."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import Person
from tests.cast import NOON, Cast

pytestmark = pytest.mark.django_db
WATCHED = ("/admission/", "/members/", "/admin/", "/audit/chain/?verify=1")


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


def _client(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("sandbox", "demo", "let_in"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_only_demo_people_of_a_sandbox_market_do_without(
    cast: Cast, settings: Any, sandbox: bool, demo: bool, let_in: bool
) -> None:
    settings.SANDBOX_MARKET = sandbox
    Person.objects.filter(pk=cast.eli.person.pk).update(is_demo=demo)
    client = _client(cast.eli.person)

    for address in WATCHED:
        answer: Any = client.get(address)
        sent_away = answer.status_code == 302 and answer["Location"] == "/second-factor/"
        assert sent_away != let_in, address
    if not let_in:
        assert client.post(f"/admission/{cast.ben.id}/", {"decision": "suspend"}).status_code == 302
        assert client.get("/api/v1/me").status_code == 403
        assert client.get("/second-factor/").status_code == 200
        cast.ben.member.refresh_from_db()
        assert cast.ben.member.state == "ADMITTED"


def test_a_second_factor_opens_the_desk(cast: Cast, settings: Any) -> None:
    settings.SANDBOX_MARKET = False
    Authenticator.objects.create(
        user=cast.cleo.person, type=Authenticator.Type.TOTP, data={"secret": "x"}
    )

    client = _client(cast.cleo.person)

    assert client.get("/audit/chain/?verify=1").context["proof"] is not None
    assert client.get("/second-factor/").status_code == 302


def test_who_does_without_is_told_on_every_page(cast: Cast, settings: Any) -> None:
    settings.SANDBOX_MARKET = True
    Person.objects.filter(pk__in=[cast.eli.person.pk, cast.ben.person.pk]).update(is_demo=True)
    waived = "the second factor that this desk requires is waived"

    assert waived in _client(cast.eli.person).get("/members/").content.decode()
    assert waived not in _client(cast.ben.person).get("/roles/").content.decode()


def test_traders_are_asked_not_forced(cast: Cast, settings: Any) -> None:
    settings.SANDBOX_MARKET = False

    assert _client(cast.ben.person).get("/roles/").status_code == 200


def test_a_person_of_two_members_has_the_rights_of_the_chosen_one(cast: Cast) -> None:
    cast.ben.member.memberships.create(person=cast.eli.person, role="VIEWER", since_at=NOON)
    client = _client(cast.eli.person)

    assert client.get("/members/").status_code == 200
    client.post("/preferences/", {"member_id": cast.ben.id})
    assert client.get("/members/").status_code == 404
    assert "Ben" in client.get("/roles/").content.decode()
    client.post("/preferences/", {"member_id": cast.dana.id})
    assert "Dana" not in client.get("/roles/").content.decode()


def test_pages_speak_the_persons_language_until_another_is_chosen(cast: Cast) -> None:
    Person.objects.filter(pk=cast.ben.person.pk).update(language="zh-hans")
    client = _client(Person.objects.get(pk=cast.ben.person.pk))

    assert 'lang="zh-Hans"' in client.get("/roles/").content.decode()[:200]
    client.cookies["django_language"] = "en"
    assert 'lang="en"' in client.get("/roles/").content.decode()[:200]
