"""Look at services: how each is, by its own door, and what follows from it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from counter.waking import announce
from delivery.actions.jobs import service_of
from delivery.adapters.connector import Connector, ConnectorFailed, DoorClosed, HasDoors
from delivery.adapters.connectors import connector_named
from delivery.adapters.doors.wire import look
from delivery.domain.handover import AllocationView
from delivery.domain.service_lifecycle import SERVICE_LIFECYCLE
from delivery.domain.serving import (
    CHECKS_KEPT,
    Health,
    HealthState,
    Look,
    ServiceAsked,
    Verdict,
    after_look,
    why_down,
)
from delivery.models import HealthCheck, Service
from delivery.queries.handover import view_of

LOOKED_AT_TOGETHER = 16
SERVICES_A_SWEEP = 200
# Old checks go a hundred at a time.
SPARE_CHECKS = 100
CLOSED = "nobody listens at its port"


@dataclass(frozen=True)
class Due:
    """One service to look at now: all that a thread without a database needs."""

    service_id: int
    attempt: int
    asked: ServiceAsked
    view: AllocationView
    external_id: str
    site: Connector


def look_at_services(*, now: datetime, wall: datetime) -> int:
    """Look at all services that are due, several at a time; return how many were looked at."""
    due = _take_due(wall)
    with ThreadPoolExecutor(LOOKED_AT_TOGETHER, thread_name_prefix="health") as threads:
        looks = list(threads.map(_look, due))
    for one, found in zip(due, looks, strict=True):
        record_look(service_id=one.service_id, attempt=one.attempt, found=found, now=now, wall=wall)
    return len(due)


@transaction.atomic
def _take_due(wall: datetime) -> Sequence[Due]:
    """Return the services that are due, and put off each one's next look: others pass them by."""
    rows = list(
        Service.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Q(next_look_at=None) | Q(next_look_at__lte=wall), job__state="RUNNING")
        .exclude(health="DOWN", attempt=F("job__tries"))
        .select_related("job__allocation__agreement", "job__allocation__pool__site")
        .select_related("job__allocation__pool__chip")
        .order_by(F("next_look_at").asc(nulls_first=True), "id")[:SERVICES_A_SWEEP]
    )
    due = []
    for row in rows:
        asked, job = service_of(row.job), row.job
        if asked is None or job.allocation is None:
            continue
        row.next_look_at = wall + timedelta(seconds=asked.interval_s)
        row.save(update_fields=["next_look_at"])
        site = connector_named(job.allocation.connector)
        due.append(Due(row.pk, job.tries, asked, view_of(job.allocation), job.external_id, site))
    return due


def _look(due: Due) -> Look:
    """Look at one service; a site that cannot be asked says nothing of it."""
    if not isinstance(due.site, HasDoors):
        return Look(Verdict.UNKNOWN, detail="the site has no doors")
    try:
        connected = due.site.enter(due.view, due.external_id)
    except DoorClosed:
        return Look(Verdict.FAILED, detail=CLOSED)
    except ConnectorFailed as failure:
        return Look(Verdict.UNKNOWN, detail=str(failure)[:160])
    with connected:
        return look(connected, due.asked.health_path, due.asked.timeout_s)


@transaction.atomic
def record_look(
    *, service_id: int, attempt: int, found: Look, now: datetime, wall: datetime
) -> Service | None:
    """Note what a look found, and how the service is now; None when its try is over already.

    A service that is down is stopped by the next turn of its job, which tries it again as often
    as the buyer allowed.
    """
    row = Service.objects.select_for_update(of=("self",)).select_related("job").get(pk=service_id)
    if row.job.state != "RUNNING" or row.job.tries != attempt:
        return None
    asked = service_of(row.job)
    if asked is None:
        return None
    if row.attempt != attempt or row.health_since is None:
        row.attempt, row.health, row.given_up = attempt, HealthState.STARTING.value, ""
        row.health_since, row.failed_in_a_row = wall, 0
    before = Health(HealthState(row.health), row.health_since, row.failed_in_a_row)
    after = after_look(asked, before, found.verdict, wall)
    if after.state is not before.state:
        SERVICE_LIFECYCLE.check(before.state.value, after.state.value)
    row.health, row.health_since = after.state.value, after.since
    row.failed_in_a_row = after.failed_in_a_row
    if after.state is HealthState.DOWN and not row.given_up:
        row.given_up = why_down(before)
        announce("job")
    row.save()
    _note(row, found, now, wall)
    return row


def _note(row: Service, found: Look, now: datetime, wall: datetime) -> None:
    HealthCheck.objects.create(
        service=row,
        attempt=row.attempt,
        verdict=found.verdict.value,
        http_status=found.http_status,
        latency_us=found.latency_us,
        detail=found.detail[:160],
        at=now,
        at_wall=wall,
    )
    oldest = list(
        row.checks.order_by("-id").values_list("id", flat=True)[CHECKS_KEPT:][:SPARE_CHECKS]
    )
    if len(oldest) >= SPARE_CHECKS:
        row.checks.filter(pk__lte=oldest[0]).delete()
