"""A credential gets tokens for its member, within its scopes, until it is revoked."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from oauth2_provider.models import AccessToken

from accounts.actions import (
    IssuedCredential,
    issue_credential,
    restore_member,
    revoke_credential,
    suspend_member,
)
from accounts.domain.refusals import (
    CredentialUnknown,
    MemberNotAdmitted,
    NameMissing,
    ScopeUnknown,
    TooManyCredentials,
)
from accounts.models import ApiApplication
from exchange.refusal import NotPermitted
from tests.cast import NOON, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


def _issue(cast: Cast, scopes: Sequence[str] = ("market:read", "orders")) -> IssuedCredential:
    return issue_credential(
        member_id=cast.ben.id,
        name="desk robot",
        scopes=scopes,
        by_person_id=cast.ben.person.pk,
        now=NOON,
    )


def _ask(client: Client, issued: IssuedCredential, **changes: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_id": issued.client_id,
        "client_secret": issued.client_secret,
    }
    return client.post("/oauth/token/", form | changes)


def _me(client: Client, token: str) -> Any:
    return client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})


def test_a_token_acts_for_its_member_with_its_scopes(client: Client, cast: Cast) -> None:
    answer = _ask(client, _issue(cast)).json()

    caller = _me(client, answer["access_token"]).json()

    assert caller["member"]["code"] == "ben"
    assert (caller["role"], caller["scopes"]) == ("APPLICATION", ["market:read", "orders"])
    assert answer["expires_in"] == 3600
    assert ApiApplication.objects.get().last_used_at is not None


def test_neither_the_secret_nor_the_token_is_stored(client: Client, cast: Cast) -> None:
    issued = _issue(cast)
    token = _ask(client, issued).json()["access_token"]

    assert issued.client_secret not in ApiApplication.objects.get().client_secret
    assert AccessToken.objects.get().token != token


def test_a_token_may_ask_for_less_but_never_for_more(client: Client, cast: Cast) -> None:
    issued = _issue(cast)

    less = _ask(client, issued, scope="market:read").json()
    more = _ask(client, issued, scope="market:read readings")

    assert less["scope"] == "market:read"
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


def test_revoking_a_credential_bites_at_once(client: Client, cast: Cast) -> None:
    issued = _issue(cast)
    token = _ask(client, issued).json()["access_token"]

    for _ in range(2):
        revoke_credential(
            member_id=cast.ben.id,
            application_id=issued.application.pk,
            by_person_id=cast.ben.person.pk,
            now=NOON,
        )

    assert _me(client, token).status_code == 401
    assert _ask(client, issued).status_code == 401


def test_suspending_the_member_bites_at_once_and_restoring_heals(
    client: Client, cast: Cast
) -> None:
    issued = _issue(cast)
    token = _ask(client, issued).json()["access_token"]
    who = {"member_id": cast.ben.id, "by_person_id": cast.eli.person.pk, "now": NOON}

    suspend_member(reason="overdue", **who)
    assert _me(client, token).status_code == 401
    assert _ask(client, issued).status_code == 401

    restore_member(**who)
    assert _me(client, token).status_code == 200


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", ""])
def test_no_other_grant_is_offered(client: Client, cast: Cast, grant: str) -> None:
    answer = _ask(client, _issue(cast), grant_type=grant)

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    for address in ("/oauth/authorize/", "/oauth/applications/", "/oauth/introspect/"):
        assert client.get(address).status_code == 404


def test_a_wrong_secret_and_a_false_token_are_refused(client: Client, cast: Cast) -> None:
    assert _ask(client, _issue(cast), client_secret="guess").status_code == 401
    answer = _me(client, "guess")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert client.get("/api/v1/me").status_code == 401


def test_too_many_calls_are_told_to_wait(client: Client, cast: Cast, settings: Any) -> None:
    settings.TOKENS_PER_MINUTE = 1
    settings.API_CALLS_PER_MINUTE = 2
    issued = _issue(cast)
    token = _ask(client, issued).json()["access_token"]

    answers = [_me(client, token) for _ in range(3)]

    assert _ask(client, issued).status_code == 429
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


def test_a_person_reads_by_session_and_strangers_do_not(client: Client, cast: Cast) -> None:
    client.force_login(cast.dana.person)

    caller = client.get("/api/v1/me").json()

    assert (caller["member"]["code"], caller["role"]) == ("dana", "ADMIN")


def test_only_the_members_administrator_issues_and_revokes(cast: Cast) -> None:
    issued = _issue(cast)
    stranger = cast.dana.person.pk

    with pytest.raises(NotPermitted):
        issue_credential(
            member_id=cast.ben.id, name="x", scopes=["orders"], by_person_id=stranger, now=NOON
        )
    with pytest.raises(NotPermitted):
        revoke_credential(
            member_id=cast.ben.id,
            application_id=issued.application.pk,
            by_person_id=stranger,
            now=NOON,
        )
    with pytest.raises(CredentialUnknown):
        revoke_credential(
            member_id=cast.dana.id,
            application_id=issued.application.pk,
            by_person_id=stranger,
            now=NOON,
        )


def test_wrong_requests_for_a_credential_are_refused_by_name(cast: Cast) -> None:
    who = {"member_id": cast.ben.id, "by_person_id": cast.ben.person.pk, "now": NOON}
    for scopes in ([], ["orders", "everything"]):
        with pytest.raises(ScopeUnknown):
            issue_credential(name="x", scopes=scopes, **who)
    with pytest.raises(NameMissing):
        issue_credential(name=" ", scopes=["orders"], **who)
    suspend_member(member_id=cast.ben.id, reason="late", by_person_id=cast.eli.person.pk, now=NOON)
    with pytest.raises(MemberNotAdmitted):
        issue_credential(name="x", scopes=["orders"], **who)


def test_a_member_has_a_bounded_number_of_credentials(cast: Cast) -> None:
    for _ in range(20):
        _issue(cast)

    with pytest.raises(TooManyCredentials):
        _issue(cast)
