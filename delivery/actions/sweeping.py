"""The sweep: every timed state of an allocation is ended here or in provisioning."""

import contextlib
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from counter.failpoints import failpoint
from delivery.actions.allocations import fail_allocation
from delivery.actions.recalling import end_recalled
from delivery.actions.starting import complete_due, start_due
from delivery.actions.watching import watch_handovers
from delivery.adapters.connector import Connector, ConnectorFailed
from delivery.adapters.connectors import connector_named
from delivery.domain.allocation_lifecycle import LIVE_STATES, PROVISION_GRACE, UNTIL_ACCEPTED
from delivery.models import Allocation
from exchange.lifecycle import MoveRefused

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Swept:
    """What one sweep did."""

    started: int
    well: int
    failed: int
    completed: int
    recalled: int
    released: int


def sweep(*, now: datetime, wall: datetime) -> Swept:
    """Start, take back, watch, fail and complete what is due; end hand-overs that nobody owns."""
    started = start_due(now=now, wall=wall)
    if started:
        failpoint("start.started")
    recalled = end_recalled(now=now)
    failed = fail_overdue(now=now)
    well = watch_handovers(now=now, wall=wall)
    completed = complete_due(now=now)
    if completed:
        failpoint("end.completed")
    return Swept(started, well, failed, len(completed), recalled, release_orphans())


def fail_overdue(*, now: datetime, limit: int = 1_000) -> int:
    """Fail what was not handed over by its deadline; return how many.

    What was accepted stands at the site: however late it is started, it is never failed for that.
    """
    overdue = Allocation.objects.filter(
        Q(starts_at__lte=now - PROVISION_GRACE) | Q(ends_at__lte=now),
        state__in=UNTIL_ACCEPTED,
    )
    count = 0
    for pk in overdue.order_by("id").values_list("id", flat=True)[:limit]:
        with contextlib.suppress(MoveRefused), transaction.atomic():
            fail_allocation(allocation_id=pk, reason="not handed over in time", now=now)
            count += 1
    return count


def release_orphans() -> int:
    """End hand-overs whose allocation has ended or has a later generation; return how many.

    A release that was lost with a worker is made up for here.
    """
    released = 0
    for key in settings.CONNECTORS:
        try:
            released += _release_at(connector_named(key))
        except ConnectorFailed:
            continue
        except Exception:  # what breaks at one site never keeps the others' orphans alive
            log.exception("connector broke", connector=key)
    return released


def _release_at(connector: Connector) -> int:
    released, names = 0, set(connector.inventory())
    live = Allocation.objects.filter(external_name__in=names, state__in=LIVE_STATES)
    for name in sorted(names - set(live.values_list("external_name", flat=True))):
        # One that does not end now is asked again, and holds up no other.
        with contextlib.suppress(ConnectorFailed):
            connector.release(name)
            failpoint("end.released")
            released += 1
    return released
