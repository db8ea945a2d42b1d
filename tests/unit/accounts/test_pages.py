"""The room's pages, seen by every member of the cast."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.actions import add_person, issue_credential
from accounts.models import ApiApplication, Membership
from tests.cast import NOON, Cast, Player

pytestmark = pytest.mark.django_db
OWN = ("/roles/", "/credentials/", "/audit/", "/audit/chain/", "/onboarding/")
OPERATORS = ("/admission/", "/members/", "/members/?state=ADMITTED&q=ben")


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


def _as(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


def test_every_member_sees_its_own_pages_in_both_languages(cast: Cast) -> None:
    for player in (cast.ben, cast.ada, cast.cleo, cast.eli, cast.finn, cast.gwen):
        client = _as(player)
        for language in ("en", "zh-hans"):
            client.cookies["django_language"] = language
            for address in OWN:
                assert client.get(address).status_code == 200, (player.member.code, address)


def test_only_the_operator_sees_the_queue_and_the_list(cast: Cast) -> None:
    applicant = f"/admission/{cast.ben.id}/"
    for address in (*OPERATORS, applicant):
        assert _as(cast.eli).get(address).status_code == 200
        for player in (cast.ben, cast.cleo, cast.finn):
            assert _as(player).get(address).status_code == 404
        assert Client().get(address).status_code == 302


def test_the_operator_suspends_with_a_reason_and_restores(cast: Cast) -> None:
    client, address = _as(cast.eli), f"/admission/{cast.ben.id}/"

    assert client.post(address, {"decision": "suspend", "reason": ""}).status_code == 422
    assert client.post(address, {"decision": "suspend", "reason": "late"}).status_code == 302
    cast.ben.member.refresh_from_db()
    assert (cast.ben.member.state, cast.ben.member.state_reason) == ("SUSPENDED", "late")

    client.post(address, {"decision": "restore"})
    cast.ben.member.refresh_from_db()
    assert cast.ben.member.state == "ADMITTED"
    assert client.post(address, {"decision": "explode"}).status_code == 404


def test_an_administrator_invites_by_mail_changes_and_ends(cast: Cast) -> None:
    client = _as(cast.ben)

    client.post("/roles/", {"email": "new@example.org", "role": "TRADER"})

    hand = Membership.objects.get(person__email="new@example.org")
    assert (hand.member, hand.role) == (cast.ben.member, "TRADER")
    assert mail.outbox[0].to == ["new@example.org"]
    address = f"/roles/{hand.person_id}/"
    assert client.get(address).status_code == 200
    client.post(address, {"role": "VIEWER"})
    hand.refresh_from_db()
    assert hand.role == "VIEWER"
    client.post(address, {"act": "revoke", "role": "VIEWER"})
    hand.refresh_from_db()
    assert hand.revoked_at is not None
    assert client.get(address).status_code == 404


def test_refusals_stand_at_their_field(cast: Cast) -> None:
    client = _as(cast.ben)

    again = client.post("/roles/", {"email": cast.ben.person.email, "role": "VIEWER"})
    last = client.post(f"/roles/{cast.ben.person.pk}/", {"act": "revoke", "role": "ADMIN"})

    assert again.status_code == last.status_code == 422
    assert "E-PERSON-02" in again.content.decode()
    assert "E-PERSON-03" in last.content.decode()


def test_nobody_sees_or_touches_people_and_keys_of_another_member(cast: Cast) -> None:
    issued = issue_credential(
        member_id=cast.ben.id,
        name="robot",
        scopes=["orders"],
        by_person_id=cast.ben.person.pk,
        now=NOON,
    )
    client = _as(cast.dana)
    for address in (
        f"/roles/{cast.ben.person.pk}/",
        f"/credentials/{issued.application.pk}/revoke/",
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, {"act": "revoke"}).status_code == 404
    assert "robot" not in client.get("/credentials/").content.decode()
    assert ApiApplication.objects.get().revoked_at is None


def test_a_trader_reads_but_does_not_manage(cast: Cast) -> None:
    trader = add_person(
        member_id=cast.ben.id,
        email="trader@example.org",
        role="TRADER",
        by_person_id=cast.ben.person.pk,
        now=NOON,
    ).person
    client = _as(Player(cast.ben.member, trader))

    assert client.get("/roles/").status_code == 200
    invited = client.post("/roles/", {"email": "x@example.org", "role": "ADMIN"})
    key = client.post("/credentials/new/", {"name": "x", "scopes": ["orders"]})
    assert (invited.status_code, key.status_code) == (403, 403)
    assert client.get(f"/roles/{cast.ben.person.pk}/").status_code == 403


def test_a_new_secret_is_shown_once_and_works(cast: Cast) -> None:
    client = _as(cast.ben)
    client.post("/accounts/reauthenticate/", {"password": "a-long-enough-password"})
    wanted = {"name": "robot", "scopes": ["orders", "market:read"]}

    page = client.post("/credentials/new/", wanted)

    assert "no-store" in page["Cache-Control"]
    issued = page.context["issued"]
    assert issued.client_secret in page.content.decode()
    assert issued.client_secret not in client.get("/credentials/").content.decode()
    client.post(f"/credentials/{issued.application.pk}/revoke/")
    issued.application.refresh_from_db()
    assert issued.application.revoked_at is not None


def test_a_new_key_asks_for_the_password_again(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.ben.person)

    answer: Any = client.get("/credentials/new/")

    assert answer.status_code == 302
    assert "/accounts/reauthenticate/" in answer["Location"]


def test_the_head_is_public_and_verifying_is_for_those_who_watch(cast: Cast) -> None:
    assert Client().get("/audit/chain/").status_code == 200
    assert Client().get("/audit/chain/?verify=1").context["proof"] is None
    assert _as(cast.ben).get("/audit/chain/?verify=1").context["proof"] is None
    assert _as(cast.cleo).get("/audit/chain/?verify=1").context["proof"].holds
