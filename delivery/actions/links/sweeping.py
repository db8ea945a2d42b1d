"""The sweep of links: every timed state is ended here or in provisioning."""

import contextlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from delivery.actions.links.planning import fail_link, move_link
from delivery.actions.links.provisioning import TOO_LATE
from delivery.adapters.carriers import carrier_named
from delivery.adapters.connector import ConnectorFailed
from delivery.domain.allocation_lifecycle import PROVISION_GRACE
from delivery.domain.link_lifecycle import LINK_LIVE_STATES, LINK_UNTIL_ACCEPTED
from delivery.models import LinkDelivery

GONE = ("FAILED", "RECALLED")
DEVICES_GONE = "the delivery of the devices beside it ended early"


def sweep_links(*, now: datetime, wall: datetime, limit: int = 1_000) -> int:
    """Start, end, fail and complete what is due, and take down what nobody owns.

    Returns how many moved. A link whose devices have failed for good or were recalled is of use to
    nobody: it ends, and the rest of its hours is not paid.
    """
    moved = _fail_late(now, limit) + _fail_without_devices(now, limit)
    moved += _start(now, wall, limit) + _complete(now, limit)
    release_unowned_links()
    return moved


def _due(condition: Q, limit: int) -> QuerySet[LinkDelivery]:
    rows = LinkDelivery.objects.select_for_update(of=("self",), skip_locked=True)
    return rows.filter(condition).order_by("id")[:limit]


@transaction.atomic
def _fail_late(now: datetime, limit: int) -> int:
    late = Q(starts_at__lte=now - PROVISION_GRACE) | Q(ends_at__lte=now)
    rows = list(_due(Q(state__in=LINK_UNTIL_ACCEPTED) & late, limit))
    for row in rows:
        fail_link(row, TOO_LATE, now)
    return len(rows)


@transaction.atomic
def _fail_without_devices(now: datetime, limit: int) -> int:
    alone = Q(agreement__link_trade__trade__agreement__allocation__state__in=GONE)
    live = Q(state__in=["PLANNED", *LINK_LIVE_STATES])
    rows = list(_due(live & alone, limit))
    for row in rows:
        fail_link(row, DEVICES_GONE, now)
    return len(rows)


@transaction.atomic
def _start(now: datetime, wall: datetime, limit: int) -> int:
    rows = list(_due(Q(state="ACCEPTED", starts_at__lte=now), limit))
    for row in rows:
        move_link(row, "DELIVERING", now)
    LinkDelivery.objects.filter(pk__in=[row.pk for row in rows]).update(metered_at_wall=wall)
    return len(rows)


@transaction.atomic
def _complete(now: datetime, limit: int) -> int:
    """Complete what is over and read; a meter that stayed silent was passed when it was asked."""
    over = Q(state="DELIVERING", ends_at__lte=now, metered_until__gte=F("ends_at"))
    rows = list(_due(over, limit))
    for row in rows:
        move_link(row, "COMPLETED", now)
    return len(rows)


def release_unowned_links() -> int:
    """Take down links whose delivery has ended; return how many.

    A release that was lost with a worker is made up for here.
    """
    released = 0
    for key in settings.CARRIERS:
        with contextlib.suppress(ConnectorFailed):
            carrier = carrier_named(key)
            names = set(carrier.inventory())
            live = LinkDelivery.objects.filter(external_name__in=names, state__in=LINK_LIVE_STATES)
            for name in sorted(names - set(live.values_list("external_name", flat=True))):
                with contextlib.suppress(ConnectorFailed):
                    carrier.release(name)
                    released += 1
    return released
