"""Read the meters of carriers that a way of this house reaches."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction

from counter.waking import announce
from delivery.actions.links.readings import append_quarters
from delivery.adapters.carriers import carrier_named
from delivery.adapters.connector import ConnectorFailed
from delivery.domain.allocation_lifecycle import READING_GRACE
from delivery.domain.link_handover import LinkMetered
from delivery.domain.link_metering import LinkQuarter
from delivery.domain.metering import QUARTER, floor_quarter, meter_windows, quarters_between
from delivery.domain.refusals import ReadingConflict, ReadingRefused
from delivery.models import LinkDelivery
from delivery.queries.links import link_view_of, links_to_meter, with_route
from timetable.domain.clock import Clock
from timetable.queries import clock_in_force

log = structlog.get_logger(__name__)
# Two days of quarters: what is left is read at the next turn.
QUARTERS_A_TURN = 192


def read_link_meters(*, now: datetime, wall: datetime, limit: int = 1_000) -> int:
    """Read every quarter-hour of delivering links that has ended; return how many were stored.

    A silent meter is asked again until the grace has passed; then the quarter stays a gap,
    which sealing marks.
    """
    clock, stored = clock_in_force(), 0
    ids = links_to_meter(now, limit)
    for row in with_route(LinkDelivery.objects.filter(pk__in=ids)).order_by("id"):
        stored += _write(row, _ask(row, clock, now, wall), now, wall)
    if stored:
        announce("reading")
    return stored


def _ask(
    row: LinkDelivery, clock: Clock, now: datetime, wall: datetime
) -> Sequence[LinkMetered | None]:
    """Ask the carrier, outside any transaction; nothing where it cannot be reached."""
    until = min(floor_quarter(now), row.ends_at, row.metered_until + QUARTERS_A_TURN * QUARTER)
    starts = list(quarters_between(row.metered_until, until))
    windows = meter_windows(starts, clock, row.metered_at_wall or wall, wall)
    try:
        return carrier_named(row.connector).read_meter(link_view_of(row), windows)
    except ConnectorFailed:
        return []
    except Exception:  # what breaks at one carrier never keeps the others unread
        log.exception("link meter broke", link=row.external_name)
        return []


@transaction.atomic
def _write(
    asked: LinkDelivery, answers: Sequence[LinkMetered | None], now: datetime, wall: datetime
) -> int:
    """Write what the meter said, unless another worker has written it meanwhile."""
    row = LinkDelivery.objects.select_for_update(skip_locked=True).filter(pk=asked.pk).first()
    if row is None or row.metered_until != asked.metered_until or row.state != "DELIVERING":
        return 0
    fresh = [
        LinkQuarter(one.interval_start, one.available_gbps_seconds, one.moved_mb)
        for one in answers
        if one is not None
    ]
    stored = 0
    try:
        with transaction.atomic():
            stored = append_quarters(row, fresh, now)
    except (ReadingRefused, ReadingConflict):
        # A meter that says what cannot be true counts as a silent one.
        log.exception("link meter refused", link=row.external_name)
        row.refresh_from_db()
    row.metered_at_wall = wall
    while row.metered_until < row.ends_at and row.metered_until + QUARTER + READING_GRACE <= now:
        row.metered_until += QUARTER
    row.save(update_fields=["metered_at_wall", "metered_until"])
    return stored
