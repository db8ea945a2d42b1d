"""Who the members are."""

from django.db import models
from django.db.models import QuerySet

from accounts.domain.refusals import MemberUnknown
from accounts.models import ApiApplication, Deed, Member, Onboarding


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
    """Return the applications that were sent to the operator, oldest first."""
    sent = models.Q(onboarding=None) | models.Q(onboarding__submitted_at__isnull=False)
    waiting = Member.objects.filter(sent, state="APPLIED").select_related("onboarding")
    return waiting.order_by("applied_at", "id")


def application_of(member_id: int) -> Onboarding:
    """Return how far the member's application has come; an empty one before its second step."""
    row = Onboarding.objects.filter(member_id=member_id).first()
    return row or Onboarding(member_id=member_id)


def standard_terms_accepted(member_id: int) -> bool:
    """Tell whether one of the member's people accepted the standard terms."""
    return Deed.objects.filter(actor_member_id=member_id, verb="STANDARD_TERMS_ACCEPTED").exists()


def members_with(capability: str) -> QuerySet[Member]:
    """Return the admitted members with the capability, by code."""
    return Member.objects.filter(state="ADMITTED", capabilities__contains=[capability]).order_by(
        "code"
    )


def members_by_state() -> dict[str, int]:
    """Return how many members stand in each state; applications not yet sent are left out."""
    rows = Member.objects.values_list("state").annotate(count=models.Count("id"))
    counts = dict(rows.values_list("state", "count"))
    return counts | {"APPLIED": members_awaiting_admission().count()}


def members_found(*, state: str, words: str) -> QuerySet[Member]:
    """Return members in a state (any if empty) with the words in name, code or number."""
    rows = Member.objects.order_by("code")
    if state:
        rows = rows.filter(state=state)
    if words:
        named = models.Q(name__icontains=words) | models.Q(name_zh__icontains=words)
        rows = rows.filter(named | models.Q(code__icontains=words) | models.Q(uscc=words.upper()))
    return rows


def credentials_of(member_id: int) -> QuerySet[ApiApplication]:
    """Return the member's API credentials, living ones first."""
    living_first = models.F("revoked_at").desc(nulls_first=True)
    rows: QuerySet[ApiApplication] = ApiApplication.objects.filter(member_id=member_id)
    return rows.order_by(living_first, "-id")


def deeds_of(member_id: int) -> QuerySet[Deed]:
    """Return what the member's people and applications did, newest first."""
    return Deed.objects.filter(actor_member_id=member_id).select_related("seal").order_by("-id")
