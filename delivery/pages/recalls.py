"""The seller's recall of one delivery, and how both parties are told of it."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from contracts.queries import terms_of
from counter.access import acting_of, for_members
from delivery.actions import recall_allocation
from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE
from delivery.domain.recall import recalled_from
from delivery.domain.refusals import RecallTooLate
from delivery.models import Allocation
from timetable.queries import market_now


@require_POST
@for_members("SELLER", writes=True)
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the notice of a recall and show the delivery again."""
    acting = acting_of(request)
    recall_allocation(
        member_id=acting.member_id or 0,
        person_id=acting.person_id,
        allocation_id=pk,
        now=market_now(),
    )
    return redirect("delivery:delivery", pk=pk)


def recall_offer(row: Allocation, member_id: int | None, now: datetime) -> dict[str, object] | None:
    """Return the notice and the instant of a recall, where the caller may ask for one now."""
    if row.agreement.seller_id != member_id or row.recalled_from is not None:
        return None
    if not ALLOCATION_LIFECYCLE.may(row.state, "RECALLED"):
        return None
    terms = terms_of(row.agreement_id)
    if terms.firmness != "RECALLABLE":
        return None
    minutes = terms.recall_notice_minutes
    try:
        at = recalled_from(asked_at=now, notice_minutes=minutes, ends_at=row.ends_at)
    except RecallTooLate:
        return None
    return {"minutes": minutes, "at": at}
