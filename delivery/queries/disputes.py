"""Disputes of the meter, as parties and the operator see them."""

from django.db.models import Q, QuerySet

from delivery.models import MeterDispute


def disputes_of(member_id: int, *, everybody: bool) -> QuerySet[MeterDispute]:
    """Return the disputes of the member's deliveries, newest first; the operator's are all."""
    rows = MeterDispute.objects.select_related("contested", "resealed").order_by("-id")
    if everybody:
        return rows
    parties = Q(allocation__agreement__buyer_id=member_id)
    return rows.filter(parties | Q(allocation__agreement__seller_id=member_id))
