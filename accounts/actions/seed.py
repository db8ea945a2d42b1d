"""Members and people of a sandbox market, created once however often it is asked."""

from collections.abc import Sequence
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts.actions.deeds import record_deed
from accounts.actions.people import refresh_staff
from accounts.domain.company_number import checked_company_number
from accounts.domain.refusals import NotADemo
from accounts.models import Member, Membership, MemberState, Person
from accounts.queries import member_named


@transaction.atomic
def ensure_member(
    *,
    code: str,
    name: str,
    capabilities: Sequence[str],
    beneficial_owner: str,
    name_zh: str = "",
    uscc: str = "",
    now: datetime,
) -> Member:
    """Return the member with this code, admitted; create it when it is missing."""
    member, created = Member.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "name_zh": name_zh,
            "uscc": checked_company_number(uscc) if uscc else "",
            "capabilities": sorted(set(capabilities)),
            "beneficial_owner": beneficial_owner,
            "state": MemberState.ADMITTED,
            "applied_at": now,
            "decided_at": now,
        },
    )
    if created:
        record_deed(
            verb="MEMBER_SEEDED",
            subject=f"member:{member.pk}",
            member_id=member.pk,
            facts={"code": code, "capabilities": member.capabilities},
            now=now,
        )
    return member


@transaction.atomic
def ensure_person(
    *,
    email: str,
    password: str,
    full_name: str,
    member_code: str,
    role: str,
    language: str = "en",
    now: datetime,
) -> Person:
    """Return the demo person with this address and role; create both when missing.

    Refuses outside a sandbox market with NotADemo: the password is printed.
    """
    if not settings.SANDBOX_MARKET:
        raise NotADemo
    person = Person.objects.filter(email=email).first()
    if person is None:
        person = Person.objects.create_user(
            email, password, full_name=full_name, language=language, is_demo=True
        )
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    member = member_named(member_code)
    _membership, created = Membership.objects.get_or_create(
        person=person, member=member, revoked_at=None, defaults={"role": role, "since_at": now}
    )
    if created:
        refresh_staff(person)
        record_deed(
            verb="PERSON_SEEDED",
            subject=f"person:{person.pk}",
            member_id=member.pk,
            person_id=person.pk,
            facts={"role": role},
            now=now,
        )
    return person
