"""Set, step and rest the market clock; every change is a new row."""

from datetime import datetime

from django.db import connection, transaction

from exchange.refusal import Refused
from timetable.models import ClockRow
from timetable.queries import clock_in_force

CLOCK_LOCK = 7_305_002


class ClockRunsBackwards(Refused):
    """Market time never goes back."""

    code = "E-CLOCK-01"
    field = "market_origin"
    sentence = "Market time is %(market_now)s already and never goes back."


@transaction.atomic
def set_clock(*, market_at: datetime, factor: int, reason: str, wall: datetime) -> ClockRow:
    """From the wall instant on, let market time be `market_at` and run by `factor`.

    Refuses to turn market time back with ClockRunsBackwards.
    """
    latest = _newest_row_alone()
    if latest is not None:
        current = clock_in_force().market_time(wall)
        if market_at < current:
            raise ClockRunsBackwards(market_now=current.isoformat())
    return ClockRow.objects.create(
        wall_origin=wall, market_origin=market_at, factor=factor, reason=reason
    )


def rest_clock(*, reason: str, wall: datetime) -> ClockRow:
    """Stop market time where it is: a pause skips no days."""
    return set_clock(
        market_at=clock_in_force().market_time(wall), factor=0, reason=reason, wall=wall
    )


@transaction.atomic
def resume_clock(
    *, last_seen: datetime | None, factor: int, reason: str, wall: datetime
) -> ClockRow:
    """Let market time go on by `factor` from where it rested; a new market starts at the hour.

    `last_seen` is the last wall instant at which anybody lived to read the clock. If the clock
    was left running (everything was killed at once), what it would have run since then was
    observed by nobody and is taken back, so that no day is skipped.
    """
    latest = _newest_row_alone()
    if latest is None:
        start = wall.replace(minute=0, second=0, microsecond=0)
        return set_clock(market_at=start, factor=factor, reason=reason, wall=wall)
    seen = max(latest.wall_origin, min(last_seen or wall, wall))
    return ClockRow.objects.create(
        wall_origin=wall,
        market_origin=clock_in_force().market_time(seen),
        factor=factor,
        reason=reason,
    )


def _newest_row_alone() -> ClockRow | None:
    """Return the newest row once no other transaction is changing the clock.

    Not by a row lock: that needs the right to update, and clock rows are append-only.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLOCK_LOCK])
    return ClockRow.objects.order_by("-id").first()
