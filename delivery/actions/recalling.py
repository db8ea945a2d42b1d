"""Recalls: a seller takes recallable capacity back after its notice."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from accounts.actions import record_deed
from contracts.queries import terms_of
from counter.waking import announce
from delivery.actions.allocations import note
from delivery.actions.ending import DELIVERY_ENDED, end_jobs_of
from delivery.actions.starting import move_all
from delivery.domain.allocation_lifecycle import (
    ALLOCATION_LIFECYCLE,
    METERED_STATES,
    NOT_BEGUN,
    READING_GRACE,
)
from delivery.domain.recall import recalled_from
from delivery.domain.refusals import AlreadyRecalled, NotRecallable
from delivery.models import Allocation
from exchange.refusal import NotFound


@transaction.atomic
def recall_allocation(
    *,
    member_id: int,
    allocation_id: int,
    wanted: datetime | None = None,
    person_id: int | None = None,
    now: datetime,
) -> Allocation:
    """Give the notice of a recall; the same again changes nothing.

    The devices are the seller's from the first quarter-hour after the notice, or from the
    `wanted` one. Refuses whoever is not the seller with NotFound, capacity that is not
    recallable, a delivery that has ended, an instant within the notice or beyond the window,
    and another instant than the one that was named before.
    """
    row = (
        Allocation.objects.select_for_update(of=("self",))
        .filter(pk=allocation_id, agreement__seller_id=member_id)
        .first()
    )
    if row is None:
        raise NotFound
    terms = terms_of(row.agreement_id)
    if terms.firmness != "RECALLABLE":
        raise NotRecallable(firmness=terms.firmness)
    if row.recalled_from is not None:
        if wanted not in {None, row.recalled_from}:
            raise AlreadyRecalled(taken_back_at=row.recalled_from.isoformat())
        return row
    ALLOCATION_LIFECYCLE.check(row.state, "RECALLED")
    notice = terms.recall_notice_minutes
    row.recalled_from = recalled_from(
        asked_at=now, notice_minutes=notice, ends_at=row.ends_at, wanted=wanted
    )
    row.recall_asked_at = now
    row.save(update_fields=["recall_asked_at", "recalled_from"])
    facts = {"from": row.recalled_from.isoformat(), "minutes": notice}
    note(row, "RECALL_ASKED", now, **facts)
    whose = {"member_id": member_id, "person_id": person_id}
    record_deed(verb="RECALL_ASKED", subject=f"allocation:{row.pk}", now=now, facts=facts, **whose)
    # The buyer's jobs are told to save their state in time.
    announce("job")
    return row


@transaction.atomic
def end_recalled(*, now: datetime, limit: int = 1_000) -> int:
    """End deliveries whose notice has run and whose meter was read until then; return how many.

    A meter that stays silent beyond its grace keeps nothing open.
    """
    read = (
        Q(state__in=NOT_BEGUN)
        | Q(metered_until__gte=F("recalled_from"))
        | Q(recalled_from__lte=now - READING_GRACE)
    )
    due = Allocation.objects.select_for_update(skip_locked=True).filter(
        read, recalled_from__lte=now, state__in=(*NOT_BEGUN, *METERED_STATES)
    )
    rows = list(due.order_by("id")[:limit])
    move_all(rows, "RECALLED", now)
    end_jobs_of([row.pk for row in rows], DELIVERY_ENDED, now)
    return len(rows)
