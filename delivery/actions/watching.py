"""Watch hand-overs (wall time): loss of heartbeat interrupts, return resumes, nothing is ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from delivery.actions.allocations import locked, move, note
from delivery.actions.attempts import claim, done, failed, put_off
from delivery.actions.ending import LOST, end_jobs_of
from delivery.actions.provisioning import judged
from delivery.adapters.connector import ConnectorFailed, InspectsTogether, Pending
from delivery.adapters.connectors import connector_named
from delivery.domain.handover import AllocationView, Measured, Status
from delivery.domain.naming import external_name
from delivery.models import AcceptanceTest, Allocation, Attempt
from delivery.queries.handover import view_of, with_place

log = structlog.get_logger(__name__)
HEARTBEAT_LOST = timedelta(seconds=60)
WATCHED = ("ACCEPTED", "DELIVERING", "INTERRUPTED")


def watch_handovers(*, now: datetime, wall: datetime, limit: int = 10_000) -> int:
    """Ask each site for its hand-overs and renew their leases; return how many are well.

    A hand-over that is gone is made anew under the next generation; one that is silent or
    unhealthy is interrupted after 60 wall seconds and resumes when it is back.
    """
    watched = with_place(Allocation.objects.filter(state__in=WATCHED, ends_at__gt=now))
    rows, well = list(watched.order_by("id")[:limit]), list[int]()
    told = _told_together(rows)
    for row in rows:
        status = told.get(row.external_name) or _inspect(row)
        if status.alive and status.healthy:
            well.append(row.pk)
            if row.state == "INTERRUPTED":
                _resume(row.pk, now, wall)
        else:
            _miss(row, status, now, wall)
    stale = wall - HEARTBEAT_LOST / 4
    Allocation.objects.filter(pk__in=well).exclude(heartbeat_at__gt=stale).update(heartbeat_at=wall)
    return len(well)


def _told_together(rows: Sequence[Allocation]) -> dict[str, Status]:
    """Ask the connectors that tell of many hand-overs at once; the others are asked one by one."""
    views: dict[str, list[AllocationView]] = {}
    for row in rows:
        views.setdefault(row.connector, []).append(view_of(row))
    told: dict[str, Status] = {}
    for key, asked in views.items():
        try:
            site = connector_named(key)
            if isinstance(site, InspectsTogether):
                told |= site.inspect_all(asked)
        except Exception:  # asked one by one, each is told what is wrong
            log.exception("connector broke", connector=key)
    return told


def _inspect(row: Allocation) -> Status:
    """Ask the site; an unreachable site is silent, which does not mean gone."""
    try:
        return connector_named(row.connector).inspect(view_of(row))
    except ConnectorFailed as failure:
        return Status(alive=True, healthy=False, detail=str(failure))
    except Exception as failure:  # what breaks at one site never keeps the others unwatched
        log.exception("connector broke", allocation=row.external_name)
        return Status(alive=True, healthy=False, detail=f"the connector broke: {failure}"[:180])


@transaction.atomic
def _resume(allocation_id: int, now: datetime, wall: datetime) -> None:
    row = locked(allocation_id)
    if row.state == "INTERRUPTED":
        move(row, "DELIVERING", now)
        Allocation.objects.filter(pk=row.pk).update(heartbeat_at=wall)


def _miss(row: Allocation, status: Status, now: datetime, wall: datetime) -> None:
    lost = row.heartbeat_at is None or row.heartbeat_at + HEARTBEAT_LOST <= wall
    if row.state == "DELIVERING" and (lost or not status.alive):
        _interrupt(row.pk, status.detail or "no heartbeat", now)
    if not status.alive:
        renew_handover(allocation_id=row.pk, now=now, wall=wall)


@transaction.atomic
def _interrupt(allocation_id: int, reason: str, now: datetime) -> None:
    row = locked(allocation_id)
    if row.state == "DELIVERING":
        move(row, "INTERRUPTED", now, reason)


def renew_handover(*, allocation_id: int, now: datetime, wall: datetime) -> bool:
    """Make a lost hand-over anew under the next generation; return whether it stands.

    The site ends what remains of earlier generations, and refuses them from then on. Jobs
    that ran there have failed. Tries are bounded; then the delivery stays interrupted.
    """
    held = claim(key=f"renew:{allocation_id}", wall=wall)
    if held is None:
        return False
    row, view = _next_generation(allocation_id, now)
    try:
        site = connector_named(row.connector)
        site.ensure(view)
        measured = site.accept_test(view)
    except Pending:
        put_off(held, wall=wall)
        return False
    except ConnectorFailed as failure:
        failed(held, error=str(failure), wall=wall)
        return False
    except Exception as failure:
        log.exception("connector broke", allocation=view.external_name)
        failed(held, error=f"{type(failure).__name__}: {failure}", wall=wall)
        return False
    stands = _judge(view, measured, now)
    done(held)
    return stands


@transaction.atomic
def _next_generation(allocation_id: int, now: datetime) -> tuple[Allocation, AllocationView]:
    """Begin the next generation, unless the site is still making the present one."""
    row = locked(allocation_id)
    if row.state in WATCHED and not _is_being_made(row):
        row.generation += 1
        row.external_name = external_name(row.agreement.number, row.generation)
        row.save(update_fields=["generation", "external_name"])
        note(row, "GENERATION", now, generation=row.generation)
        end_jobs_of([row.pk], LOST, now)
    fresh = with_place(Allocation.objects.filter(pk=row.pk)).get()
    return fresh, view_of(fresh)


def _is_being_made(row: Allocation) -> bool:
    """Tell whether the present generation awaits its test, and the site has not refused it."""
    tested = AcceptanceTest.objects.filter(allocation=row, generation=row.generation)
    refused = Attempt.objects.filter(key=f"renew:{row.pk}").exclude(last_error="")
    return not tested.exists() and not refused.exists()


@transaction.atomic
def _judge(view: AllocationView, measured: Measured, now: datetime) -> bool:
    row = locked(view.allocation_id)
    if row.generation != view.generation or row.state not in WATCHED:
        return False
    test = judged(row, measured, now)
    test.save()
    if not test.passed:
        move(row, "FAILED", now, "the renewed hand-over failed its acceptance test")
    return test.passed
