"""API credentials of a member (OAuth2 client credentials)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AccessToken

from accounts.actions.deeds import record_deed
from accounts.domain.refusals import (
    CredentialUnknown,
    MemberNotAdmitted,
    MemberUnknown,
    NameMissing,
    ScopeUnknown,
    TooManyCredentials,
)
from accounts.domain.roles import MANAGE_CREDENTIALS
from accounts.models import ApiApplication, Member
from accounts.queries import person_may
from exchange.refusal import NotPermitted

MOST_CREDENTIALS = 20
NOTE_USE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class IssuedCredential:
    """A new credential; the secret is here and nowhere else, and is never shown again."""

    application: ApiApplication
    client_id: str
    client_secret: str


@transaction.atomic
def issue_credential(
    *, member_id: int, name: str, scopes: Sequence[str], by_person_id: int, now: datetime
) -> IssuedCredential:
    """Create a credential that acts for the member within the scopes.

    Refuses callers who do not administer the member, members that are not admitted,
    unknown scopes, and more than 20 living credentials.
    """
    member = Member.objects.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise MemberUnknown(member_id=member_id)
    _check_may_manage(member_id, by_person_id)
    _check_request(member, name, scopes)
    secret = generate_client_secret()
    application = ApiApplication.objects.create(
        name=name.strip(),
        member=member,
        client_secret=secret,
        client_type=ApiApplication.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiApplication.GRANT_CLIENT_CREDENTIALS,
        allowed_scopes=" ".join(sorted(set(scopes))),
    )
    _record("CREDENTIAL_ISSUED", application, by_person_id, now)
    return IssuedCredential(application, application.client_id, secret)


@transaction.atomic
def revoke_credential(
    *, member_id: int, application_id: int, by_person_id: int, now: datetime
) -> ApiApplication:
    """End a credential and all its tokens at once; doing it again changes nothing."""
    _check_may_manage(member_id, by_person_id)
    application: ApiApplication | None = (
        ApiApplication.objects.select_for_update()
        .filter(pk=application_id, member_id=member_id)
        .first()
    )
    if application is None:
        raise CredentialUnknown(application_id=application_id)
    if application.revoked_at is None:
        application.revoked_at = now
        application.save(update_fields=["revoked_at"])
        AccessToken.objects.filter(application=application).delete()
        _record("CREDENTIAL_REVOKED", application, by_person_id, now)
    return application


def note_use(*, application_id: int, last: datetime | None, wall: datetime) -> None:
    """Keep when a credential was last used, at most once a minute."""
    if last is None or wall - last > NOTE_USE_EVERY:
        ApiApplication.objects.filter(pk=application_id).update(last_used_at=wall)


def known_scopes() -> frozenset[str]:
    """Return the rights that a credential may have."""
    scopes: dict[str, str] = settings.OAUTH2_PROVIDER["SCOPES"]  # type: ignore[assignment]
    return frozenset(scopes)


def _check_may_manage(member_id: int, by_person_id: int) -> None:
    if not person_may(person_id=by_person_id, member_id=member_id, verb=MANAGE_CREDENTIALS):
        raise NotPermitted


def _check_request(member: Member, name: str, scopes: Sequence[str]) -> None:
    if not member.may_trade:
        raise MemberNotAdmitted
    if not name.strip():
        raise NameMissing
    if not scopes or set(scopes) - known_scopes():
        raise ScopeUnknown
    living = ApiApplication.objects.filter(member=member, revoked_at=None).count()
    if living >= MOST_CREDENTIALS:
        raise TooManyCredentials(most=MOST_CREDENTIALS)


def _record(verb: str, application: ApiApplication, by_person_id: int, now: datetime) -> None:
    record_deed(
        verb=verb,
        subject=f"credential:{application.pk}",
        member_id=application.member_id,
        person_id=by_person_id,
        facts={"name": application.name, "scopes": application.allowed_scopes},
        now=now,
    )
