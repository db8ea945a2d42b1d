"""Who may read a delivery's pages."""

from django.http import Http404

from counter.acting import Acting
from delivery.models import Allocation
from delivery.queries import all_deliveries, allocation_for


def readable_delivery(acting: Acting, pk: int) -> Allocation:
    """Return a delivery that the caller may read; Http404 for any other."""
    if acting.oversees:
        row = all_deliveries().filter(pk=pk).first()
    else:
        row = allocation_for(acting.member_id or 0, pk)
    if row is None:
        raise Http404
    return row
