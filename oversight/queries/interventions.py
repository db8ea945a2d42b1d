"""Interventions: what waits for a second person, what is in effect, what is over."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Member
from marketplace.models import ChipModel, Halt
from oversight.models import Intervention


def open_interventions(using: str = "default") -> QuerySet[Intervention]:
    """Return what waits for a second person, the nearest deadline first."""
    return (
        Intervention.objects.using(using)
        .filter(state__in=["PROPOSED", "IN_EFFECT"])
        .select_related("proposed_by", "halt")
        .order_by("expires_at")
    )


def past_interventions(using: str = "default") -> QuerySet[Intervention]:
    """Return what is over, newest first, with its approvals."""
    return (
        Intervention.objects.using(using)
        .exclude(state__in=["PROPOSED", "IN_EFFECT"])
        .select_related("proposed_by", "halt")
        .prefetch_related("approvals__person")
    )


def intervention_with(pk: int, *, using: str = "default") -> Intervention | None:
    """Return one intervention with its people and its halt."""
    rows = Intervention.objects.using(using).select_related("proposed_by", "halt")
    return rows.prefetch_related("approvals__person").filter(pk=pk).first()


def expired_ids(*, wall: datetime, limit: int) -> list[int]:
    """Return the open interventions whose time has run out, oldest deadline first."""
    rows = Intervention.objects.filter(state__in=["PROPOSED", "IN_EFFECT"], expires_at__lte=wall)
    return list(rows.order_by("expires_at", "pk").values_list("pk", flat=True)[:limit])


def halts_in_force(using: str = "default") -> QuerySet[Halt]:
    """Return the halts that stop trading now, newest first."""
    return Halt.objects.using(using).filter(resumed_at=None)


def subject_names(
    pairs: set[tuple[str, int | None]], using: str = "default"
) -> dict[tuple[str, int | None], str]:
    """Return the names of halted members and chips; two queries."""
    members = {pk for scope, pk in pairs if scope == "MEMBER" and pk}
    chips = {pk for scope, pk in pairs if scope == "CHIP" and pk}
    names: dict[tuple[str, int | None], str] = {}
    for pk, name in Member.objects.using(using).filter(pk__in=members).values_list("pk", "name"):
        names["MEMBER", pk] = name
    for pk, name in ChipModel.objects.using(using).filter(pk__in=chips).values_list("pk", "name"):
        names["CHIP", pk] = name
    return names
