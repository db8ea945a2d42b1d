"""Who the members are."""

from django.db import models
from django.db.models import QuerySet

from accounts.domain.refusals import MemberUnknown
from accounts.models import ApiApplication, Deed, Member


def member_named(code: str) -> Member:
    """Return the member with this code; refuse an unknown one with MemberUnknown."""
    member = Member.objects.filter(code=code).first()
    if member is None:
        raise MemberUnknown(code=code)
    return member


def member_with_id(member_id: int) -> Member:
    """Return the member; refuse an unknown number with MemberUnknown."""
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise MemberUnknown(member_id=member_id)
    return member


def beneficial_owner_of(member_id: int) -> str:
    """Return who stands behind the member; two members with one owner do not trade."""
    return member_with_id(member_id).beneficial_owner


def members_awaiting_admission() -> QuerySet[Member]:
    """Return the members that wait for the operator, oldest first."""
    return Member.objects.filter(state="APPLIED").order_by("applied_at", "id")


def members_with(capability: str) -> QuerySet[Member]:
    """Return the admitted members with the capability, by code."""
    return Member.objects.filter(state="ADMITTED", capabilities__contains=[capability]).order_by(
        "code"
    )


def credentials_of(member_id: int) -> QuerySet[ApiApplication]:
    """Return the member's API credentials, living ones first."""
    living_first = models.F("revoked_at").desc(nulls_first=True)
    rows: QuerySet[ApiApplication] = ApiApplication.objects.filter(member_id=member_id)
    return rows.order_by(living_first, "-id")


def deeds_of(member_id: int) -> QuerySet[Deed]:
    """Return what the member's people and applications did, newest first."""
    return Deed.objects.filter(actor_member_id=member_id).order_by("-id")
