"""Read the meters of sites that a connector of this house reaches; many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from counter.waking import announce
from delivery.actions.chains import SignedSegment, append, save_cursors
from delivery.actions.keys import key_of_house
from delivery.adapters.connector import Connector, ConnectorFailed
from delivery.adapters.connectors import connector_named
from delivery.adapters.signatures import verifies
from delivery.domain.allocation_lifecycle import READING_GRACE
from delivery.domain.chain import extend, signed_message
from delivery.domain.handover import AllocationView, Metered, MeterWindow
from delivery.domain.metering import (
    QUARTER,
    QuarterReading,
    floor_quarter,
    meter_windows,
    quarters_between,
)
from delivery.models import Allocation, Reading
from delivery.queries.handover import allocations_with_place, view_of
from delivery.queries.work import allocations_to_meter
from timetable.domain.clock import Clock
from timetable.queries import clock_in_force

log = structlog.get_logger(__name__)
CHUNK = 250


@dataclass(frozen=True)
class Taken:
    """What a meter said of one allocation, before it is written."""

    view: AllocationView
    site_id: int
    metered_until: datetime
    answers: tuple[Metered | None, ...]
    windows: tuple[MeterWindow, ...]


def read_meters(*, now: datetime, wall: datetime, limit: int = 5000) -> int:
    """Read every quarter-hour that has ended, sign it for the site and chain it.

    Returns how many readings were stored. A silent meter is asked again until the grace
    has passed; then the quarter stays a gap, which sealing marks.
    """
    ids = allocations_to_meter(now, limit)
    clock = clock_in_force()
    stored = 0
    for start in range(0, len(ids), CHUNK):
        rows = allocations_with_place(ids[start : start + CHUNK])
        taken = [item for row in rows if (item := _ask(row, clock, now, wall)) is not None]
        stored += _write(taken, now, wall)
    if stored:
        announce("reading")
    return stored


def _ask(row: Allocation, clock: Clock, now: datetime, wall: datetime) -> Taken | None:
    """Ask the site, outside any transaction; None when it cannot be reached."""
    if row.metered_until is None:
        return None
    starts = list(quarters_between(row.metered_until, min(floor_quarter(now), row.until)))
    windows = meter_windows(starts, clock, row.metered_at_wall or wall, wall)
    view = view_of(row)
    answers: Sequence[Metered | None]
    try:
        answers = connector_named(row.connector).read_meter(view, windows)
    except ConnectorFailed:
        answers = [None] * len(windows)
    except Exception:  # what breaks at one site never keeps the others unread
        log.exception("meter broke", allocation=view.external_name)
        answers = [None] * len(windows)
    return Taken(view, row.pool.site_id, row.metered_until, tuple(answers), tuple(windows))


@transaction.atomic
def _write(taken: Sequence[Taken], now: datetime, wall: datetime) -> int:
    """Write what the meters said, unless another worker has written it meanwhile."""
    by_id = {item.view.allocation_id: item for item in taken}
    rows = list(
        Allocation.objects.select_for_update(skip_locked=True)
        .filter(pk__in=list(by_id))
        .order_by("id")
    )
    current = [row for row in rows if row.metered_until == by_id[row.pk].metered_until]
    known = _known_starts(current, by_id)
    keys: dict[tuple[int, str], int | None] = {}
    taken_rows = [_segment(row, by_id[row.pk], known, keys, now) for row in current]
    segments = [segment for segment in taken_rows if segment is not None]
    append(segments, now)
    for row in current:
        row.metered_at_wall = wall
        _pass_gaps(row, by_id[row.pk], known, now)
    save_cursors(current)
    return sum(len(segment.readings) for segment in segments)


def _known_starts(rows: Sequence[Allocation], by_id: dict[int, Taken]) -> set[tuple[int, datetime]]:
    starts = [window.interval_start for row in rows for window in by_id[row.pk].windows]
    if not starts:
        return set()
    found = Reading.objects.filter(
        allocation__in=rows, interval_start__gte=min(starts), interval_start__lte=max(starts)
    )
    return set(found.values_list("allocation_id", "interval_start"))


def _segment(
    row: Allocation,
    item: Taken,
    known: set[tuple[int, datetime]],
    keys: dict[tuple[int, str], int | None],
    now: datetime,
) -> SignedSegment | None:
    """Return the new readings, hashed and signed; None when there are none."""
    fresh = [
        QuarterReading(
            answer.interval_start, answer.delivered_device_seconds, answer.unhealthy_device_seconds
        )
        for answer in item.answers
        if answer is not None and (row.pk, answer.interval_start) not in known
    ]
    if not fresh:
        return None
    hashes = extend(row.chain_head, row.chain_length, fresh)
    message = signed_message(item.view.base_name, hashes[-1])
    site: Connector = connector_named(row.connector)
    public_key, signature = site.sign(item.view.site_code, message)
    named = (item.site_id, public_key)
    if named not in keys:
        keys[named] = key_of_house(item.site_id, public_key, now)
    key_id = keys[named]
    if key_id is None or not verifies(public_key, signature, message):
        return None
    return SignedSegment(row, tuple(fresh), tuple(hashes), key_id, signature)


def _pass_gaps(
    row: Allocation, item: Taken, known: set[tuple[int, datetime]], now: datetime
) -> None:
    """Move the cursor over quarters that are known, or that stayed silent beyond the grace."""
    read = {answer.interval_start for answer in item.answers if answer is not None}
    while row.metered_until is not None and row.metered_until < row.until:
        start = row.metered_until
        silent = start + QUARTER + READING_GRACE <= now
        if start not in read and (row.pk, start) not in known and not silent:
            return
        if start + QUARTER > now:
            return
        row.metered_until = start + QUARTER
