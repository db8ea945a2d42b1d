"""Start and complete deliveries when market time says so."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from counter.failpoints import failpoint
from delivery.actions.ending import DELIVERY_ENDED, end_jobs_of
from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE, METERED_STATES
from delivery.models import Allocation, AllocationEvent


@transaction.atomic
def start_due(*, now: datetime, wall: datetime, limit: int = 2000) -> int:
    """Let accepted allocations deliver whose window has begun; return how many."""
    due = Allocation.objects.select_for_update(skip_locked=True).filter(
        state="ACCEPTED", starts_at__lte=now
    )
    rows = list(due.order_by("id")[:limit])
    move_all(rows, "DELIVERING", now)
    Allocation.objects.filter(pk__in=[row.pk for row in rows]).update(
        metered_at_wall=wall, heartbeat_at=wall
    )
    if rows:
        failpoint("start.moved")
    return len(rows)


@transaction.atomic
def complete_due(*, now: datetime, limit: int = 2000) -> list[tuple[str, str]]:
    """Complete deliveries whose window is over and read; return (connector, name) of each.

    Readings that are missing after their grace do not keep a delivery open: its meter passes them
    when it is asked. While nobody has asked, what was delivered is not known.
    """
    due = Allocation.objects.select_for_update(skip_locked=True).filter(
        metered_until__gte=F("ends_at"), state__in=METERED_STATES, ends_at__lte=now
    )
    rows = list(due.order_by("id")[:limit])
    move_all(rows, "COMPLETED", now)
    end_jobs_of([row.pk for row in rows], DELIVERY_ENDED, now)
    if rows:
        failpoint("end.moved")
    return [(row.connector, row.external_name) for row in rows]


def move_all(rows: Sequence[Allocation], state: str, now: datetime) -> None:
    """Move locked allocations to a state at once, as the table permits; note the events."""
    if not rows:
        return
    for row in rows:
        ALLOCATION_LIFECYCLE.check(row.state, state)
    ids = [row.pk for row in rows]
    Allocation.objects.filter(pk__in=ids).update(state=state, state_since=now, state_reason="")
    AllocationEvent.objects.bulk_create(
        AllocationEvent(allocation_id=pk, kind=state, at=now) for pk in ids
    )
