"""Who belongs to whom, and who may do what."""

from collections.abc import Collection

from django.db.models import QuerySet

from accounts.domain.roles import VERBS_OF_ROLE
from accounts.models import Membership, Person


def people_of(member_id: int) -> QuerySet[Membership]:
    """Return the living memberships of a member, with their people, by name."""
    return (
        Membership.objects.filter(member_id=member_id, revoked_at=None)
        .select_related("person")
        .order_by("person__full_name", "person__email", "id")
    )


def memberships_of(person_id: int) -> QuerySet[Membership]:
    """Return the person's living memberships, with their members, oldest first."""
    return Membership.objects.filter(person_id=person_id, revoked_at=None).select_related("member")


def people_named(person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of people by number."""
    return {row.pk: str(row) for row in Person.objects.filter(pk__in=person_ids)}


def person_may(*, person_id: int, member_id: int, verb: str) -> bool:
    """Tell whether the person's role in the member includes the verb."""
    roles = [role for role, verbs in VERBS_OF_ROLE.items() if verb in verbs]
    return memberships_of(person_id).filter(member_id=member_id, role__in=roles).exists()


def person_decides_admission(person_id: int) -> bool:
    """Tell whether the person administers an admitted operator."""
    return (
        memberships_of(person_id)
        .filter(role="ADMIN", member__state="ADMITTED")
        .filter(member__capabilities__contains=["OPERATOR"])
        .exists()
    )
