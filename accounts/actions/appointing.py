"""Appoint operators and regulators: they are not applied for."""

from datetime import datetime

from django.db import transaction

from accounts.actions.deeds import record_deed
from accounts.actions.people import refresh_staff
from accounts.domain.refusals import CapabilityUnknown
from accounts.domain.roles import WATCHING_CAPABILITIES
from accounts.models import Member, Membership, MemberState, Person, Role


@transaction.atomic
def appoint_member(*, code: str, name: str, capability: str, email: str, now: datetime) -> Member:
    """Make an operator or regulator with its first administrator; a second time changes nothing.

    For whoever runs the machine: no door of the web leads here. The person sets a
    password by the link of "forgot password", then a second factor.
    """
    if capability not in WATCHING_CAPABILITIES:
        raise CapabilityUnknown
    member, _created = Member.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "capabilities": [capability],
            "beneficial_owner": name,
            "state": MemberState.ADMITTED,
            "applied_at": now,
            "decided_at": now,
        },
    )
    address = email.lower()
    person = Person.objects.filter(email=address).first() or Person.objects.create_user(address)
    _membership, created = Membership.objects.get_or_create(
        person=person,
        member=member,
        revoked_at=None,
        defaults={"role": Role.ADMIN, "since_at": now},
    )
    if created:
        refresh_staff(person)
        record_deed(
            verb="MEMBER_APPOINTED",
            subject=f"member:{member.pk}",
            member_id=member.pk,
            person_id=person.pk,
            facts={"code": code, "capability": capability},
            now=now,
        )
    return member
