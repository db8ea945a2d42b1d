"""Hand devices over: claim, ask the site outside any transaction, then write under the fence."""

from datetime import datetime

from django.db import transaction

from delivery.actions.allocations import fail_allocation, locked, move, note
from delivery.actions.attempts import Claim, claim, done, failed, is_dead, still_ours
from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.connectors import connector_named
from delivery.domain.allocation_lifecycle import deadline_of
from delivery.domain.handover import AllocationView, Measured
from delivery.domain.retry import MAX_TRIES
from delivery.models import AcceptanceTest, Allocation
from delivery.queries.handover import view_of, with_place
from exchange.units import BP, ceil_div


def provision(*, allocation_id: int, now: datetime, wall: datetime) -> Allocation:
    """Hand an allocation over and test it: ACCEPTED, or FAILED with the reason.

    A site that cannot do it now is asked again later, within bounded tries and the
    deadline. Harmless to repeat: the site adopts what it made under the same name.
    """
    key = f"provision:{allocation_id}"
    held = claim(key=key, wall=wall)
    if held is None:
        return _without_claim(key, allocation_id, now)
    begun = _begin(allocation_id, now)
    if begun is None:
        done(held)
        return Allocation.objects.get(pk=allocation_id)
    row, view = begun
    try:
        site = connector_named(row.connector)
        site.ensure(view)
        measured = site.accept_test(view)
    except ConnectorFailed as failure:
        return _put_off(held, allocation_id, str(failure), now, wall)
    return _conclude(held, view, measured, now)


def _without_claim(key: str, allocation_id: int, now: datetime) -> Allocation:
    row = Allocation.objects.get(pk=allocation_id)
    if row.state in {"PLANNED", "PROVISIONING"} and is_dead(key):
        return fail_allocation(
            allocation_id=allocation_id, reason=f"given up after {MAX_TRIES} tries", now=now
        )
    return row


@transaction.atomic
def _begin(allocation_id: int, now: datetime) -> tuple[Allocation, AllocationView] | None:
    """Note the intention before the site is asked; None when there is nothing to hand over."""
    row = locked(allocation_id)
    if row.state not in {"PLANNED", "PROVISIONING"}:
        return None
    deadline = deadline_of(row.state, row.starts_at, row.ends_at)
    if deadline is not None and now >= deadline:
        fail_allocation(allocation_id=row.pk, reason="not handed over in time", now=now)
        return None
    if row.state == "PLANNED":
        move(row, "PROVISIONING", now)
    fresh = with_place(Allocation.objects.filter(pk=row.pk)).get()
    return fresh, view_of(fresh)


@transaction.atomic
def _put_off(
    held: Claim, allocation_id: int, error: str, now: datetime, wall: datetime
) -> Allocation:
    row = locked(allocation_id)
    note(row, "SITE_FAILED", now, error=error[:200], tries=held.tries)
    if failed(held, error=error, wall=wall) and row.state == "PROVISIONING":
        move(row, "FAILED", now, f"the site could not hand over: {error}")
    return row


@transaction.atomic
def _conclude(held: Claim, view: AllocationView, measured: Measured, now: datetime) -> Allocation:
    """Write the verdict unless a later worker or generation has fenced this one off."""
    ours = still_ours(held)
    row = locked(view.allocation_id)
    if not ours or row.generation != view.generation or row.state != "PROVISIONING":
        return row
    test = record_acceptance(row, measured, now)
    if test.passed:
        move(row, "ACCEPTED", now)
    else:
        move(row, "FAILED", now, _shortfall(test, row))
    done(held)
    return row


def record_acceptance(row: Allocation, measured: Measured, now: datetime) -> AcceptanceTest:
    """Keep the measured figure with its evidence, once a generation, and judge it."""
    required = ceil_div(row.gflops_per_device * row.acceptance_bp, BP)
    passed = measured.devices_found >= row.devices and measured.gflops_per_device >= required
    test, _created = AcceptanceTest.objects.get_or_create(
        allocation=row,
        generation=row.generation,
        defaults={
            "devices_found": measured.devices_found,
            "gflops_per_device": measured.gflops_per_device,
            "gflops_required": required,
            "passed": passed,
            "evidence": measured.evidence,
            "tested_at": now,
        },
    )
    return test


def _shortfall(test: AcceptanceTest, row: Allocation) -> str:
    if test.devices_found < row.devices:
        return f"acceptance: {test.devices_found} of {row.devices} devices found"
    return f"acceptance: {test.gflops_per_device} GFLOPS a device, {test.gflops_required} required"
