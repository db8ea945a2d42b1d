"""Who may decide on interventions, today."""

from collections.abc import Iterable

from accounts.models import Membership

DECIDING_ROLES = ("ADMIN", "TRADER")


def deciding_regulators(person_ids: Iterable[int], *, locked: bool = False) -> frozenset[int]:
    """Return which of the people hold a deciding role in an admitted regulator.

    `locked` keeps their memberships from being revoked until the transaction ends.
    """
    rows = Membership.objects.filter(
        person_id__in=list(person_ids),
        person__is_active=True,
        revoked_at=None,
        role__in=DECIDING_ROLES,
        member__state="ADMITTED",
        member__capabilities__contains=["REGULATOR"],
    )
    if locked:
        rows = rows.select_related("member").select_for_update(of=("self", "member"))
    return frozenset(row.person_id for row in rows.order_by("pk"))
