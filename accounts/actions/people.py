"""People of a member: add, change the role, revoke."""

from datetime import datetime

from django.db import transaction

from accounts.actions.deeds import record_deed
from accounts.domain.refusals import (
    AlreadyBelongs,
    LastAdministrator,
    MemberUnknown,
    PersonUnknown,
    RoleUnknown,
)
from accounts.domain.roles import MANAGE_PEOPLE, needs_second_factor
from accounts.models import Member, Membership, Person, Role
from accounts.queries import person_may
from exchange.refusal import NotPermitted


@transaction.atomic
def add_person(
    *, member_id: int, email: str, role: str, by_person_id: int, now: datetime
) -> Membership:
    """Give someone a role in the member; a stranger becomes a person without a password.

    Refuses callers who do not administer the member, and someone who belongs already.
    """
    member = _managed_member(member_id, by_person_id)
    _check_role(role)
    address = Person.objects.normalize_email(email).lower()
    person = Person.objects.filter(email__iexact=address).first()
    if person is None:
        person = Person.objects.create_user(address)
    if Membership.objects.filter(person=person, member=member, revoked_at=None).exists():
        raise AlreadyBelongs(email=address)
    membership = Membership.objects.create(person=person, member=member, role=role, since_at=now)
    refresh_staff(person)
    _record("PERSON_ADDED", membership, by_person_id, now)
    return membership


@transaction.atomic
def change_role(
    *, member_id: int, person_id: int, role: str, by_person_id: int, now: datetime
) -> Membership:
    """Give a person of the member another role; the last administrator stays one."""
    member = _managed_member(member_id, by_person_id)
    _check_role(role)
    membership = _living_membership(member, person_id)
    if role != Role.ADMIN:
        _check_another_administrator(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    _record("ROLE_CHANGED", membership, by_person_id, now)
    return membership


@transaction.atomic
def revoke_person(
    *, member_id: int, person_id: int, by_person_id: int, now: datetime
) -> Membership:
    """End a person's membership; it bites at the person's next request."""
    member = _managed_member(member_id, by_person_id)
    membership = _living_membership(member, person_id)
    _check_another_administrator(membership)
    membership.revoked_at = now
    membership.save(update_fields=["revoked_at"])
    refresh_staff(membership.person)
    _record("PERSON_REVOKED", membership, by_person_id, now)
    return membership


def refresh_staff(person: Person) -> None:
    """Let exactly the people of operators and regulators into the admin."""
    capabilities = Membership.objects.filter(person=person, revoked_at=None).values_list(
        "member__capabilities", flat=True
    )
    is_staff = any(needs_second_factor(frozenset(names)) for names in capabilities)
    if person.is_staff != is_staff and not person.is_superuser:
        person.is_staff = is_staff
        person.save(update_fields=["is_staff"])


def _managed_member(member_id: int, by_person_id: int) -> Member:
    # Locked, so that two administrators cannot revoke each other at once.
    member = Member.objects.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise MemberUnknown(member_id=member_id)
    if not person_may(person_id=by_person_id, member_id=member_id, verb=MANAGE_PEOPLE):
        raise NotPermitted
    return member


def _living_membership(member: Member, person_id: int) -> Membership:
    membership = (
        Membership.objects.select_related("person")
        .filter(member=member, person_id=person_id, revoked_at=None)
        .first()
    )
    if membership is None:
        raise PersonUnknown(person_id=person_id)
    return membership


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise RoleUnknown


def _check_another_administrator(membership: Membership) -> None:
    if membership.role != Role.ADMIN:
        return
    others = Membership.objects.filter(
        member_id=membership.member_id, role=Role.ADMIN, revoked_at=None
    ).exclude(pk=membership.pk)
    if not others.exists():
        raise LastAdministrator


def _record(verb: str, membership: Membership, by_person_id: int, now: datetime) -> None:
    record_deed(
        verb=verb,
        subject=f"person:{membership.person_id}",
        member_id=membership.member_id,
        person_id=by_person_id,
        facts={"role": membership.role},
        now=now,
    )
