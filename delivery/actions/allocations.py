"""Plan, start and end allocations; every move is checked by the table and written down."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actions import record_deed
from contracts.models import Agreement
from counter.failpoints import failpoint
from counter.waking import announce
from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE
from delivery.domain.chain import genesis
from delivery.domain.naming import base_name, external_name
from delivery.models import Allocation, AllocationEvent
from exchange.refusal import NotFound

FIRST_GENERATION = 1
DEFAULT_ACCEPTANCE_BP = 9_000


@transaction.atomic
def plan_allocation(*, agreement_id: int, now: datetime) -> Allocation:
    """Set an agreement's devices aside, once: a second call returns the first's allocation.

    Refuses an agreement that does not exist, or is on a link.
    """
    agreement = (
        Agreement.objects.select_for_update(of=("self",))
        .select_related("trade__pool")
        .filter(pk=agreement_id)
        .first()
    )
    if agreement is None or agreement.trade is None:
        raise NotFound
    existing = Allocation.objects.filter(agreement_id=agreement_id).first()
    if existing is not None:
        return existing
    trade = agreement.trade
    allocation = Allocation.objects.create(
        agreement=agreement,
        pool=trade.pool,
        connector=trade.pool.connector,
        generation=FIRST_GENERATION,
        devices=trade.devices,
        starts_at=agreement.starts_at,
        ends_at=agreement.ends_at,
        state_since=now,
        external_name=external_name(agreement.number, FIRST_GENERATION),
        gflops_per_device=trade.gflops_per_device,
        acceptance_bp=_acceptance_bp(agreement_id),
        chain_head=genesis(base_name(agreement.number)),
        metered_until=agreement.starts_at,
        sealed_until=agreement.starts_at,
    )
    note(allocation, "PLANNED", now, agreement=agreement.number)
    record_deed(
        verb="ALLOCATION_PLANNED",
        subject=f"allocation:{allocation.pk}",
        now=now,
        member_id=agreement.seller_id,
        facts={"agreement": agreement.number, "devices": trade.devices},
    )
    announce("planned")
    failpoint("plan.noted")
    return allocation


def _acceptance_bp(agreement_id: int) -> int:
    terms = (
        Agreement.objects.filter(pk=agreement_id)
        .order_by("-versions__version")
        .values_list("versions__terms", flat=True)
        .first()
    )
    return int((terms or {}).get("acceptance_share_bp", DEFAULT_ACCEPTANCE_BP))


def note(allocation: Allocation, kind: str, now: datetime, **facts: Any) -> None:
    """Write down what happened to an allocation."""
    AllocationEvent.objects.create(allocation=allocation, kind=kind, at=now, facts=facts)


def move(allocation: Allocation, state: str, now: datetime, reason: str = "") -> None:
    """Move a locked allocation to a state, or refuse with MoveRefused; note the event."""
    ALLOCATION_LIFECYCLE.check(allocation.state, state)
    allocation.state = state
    allocation.state_since = now
    allocation.state_reason = reason[:200]
    allocation.save(update_fields=["state", "state_since", "state_reason"])
    note(allocation, state, now, **({"reason": reason} if reason else {}))


@transaction.atomic
def fail_allocation(*, allocation_id: int, reason: str, now: datetime) -> Allocation:
    """Give a hand-over up; its hours will seal as undelivered. Refuses one that has ended."""
    allocation = locked(allocation_id)
    move(allocation, "FAILED", now, reason)
    record_deed(
        verb="ALLOCATION_FAILED",
        subject=f"allocation:{allocation.pk}",
        now=now,
        facts={"reason": reason},
    )
    return allocation


def locked(allocation_id: int) -> Allocation:
    """Return the allocation, locked until the transaction ends; NotFound when there is none."""
    allocation = Allocation.objects.select_for_update().filter(pk=allocation_id).first()
    if allocation is None:
        raise NotFound
    return allocation
