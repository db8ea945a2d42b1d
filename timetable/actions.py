"""Set, step and rest the market clock; date the gates. Every change is a new row."""

from datetime import datetime

from django.db import connection, transaction

from exchange.refusal import Refused
from exchange.window import ceil_hour
from timetable.domain.clock import MOST_FACTOR
from timetable.models import ClockRow, GateKind, GateRule
from timetable.queries import FIRST_GATES, clock_in_force

CLOCK_LOCK = 7_305_003


class ClockRunsBackwards(Refused):
    """Market time never goes back."""

    code = "E-CLOCK-01"
    field = "market_origin"
    sentence = "Market time is %(market_now)s already and never goes back."


class ClockFactorOutOfRange(Refused):
    """Market time runs forwards, and at most a day a second."""

    code = "E-CLOCK-02"
    field = "factor"
    sentence = "Market time runs 0 to %(most)s times as fast as wall time."


class GateNotAhead(Refused):
    """A gate is changed for the future, never for the past."""

    code = "E-GATE-02"
    field = "valid_from"
    sentence = "A gate can change from a future instant on only."


# Read and delete the notes of what has changed: once, by whom acts on them (`FactChange`).
TAKE_CHANGES = "DELETE FROM timetable_factchange RETURNING kind"


@transaction.atomic
def set_clock(*, market_at: datetime, factor: int, reason: str, wall: datetime) -> ClockRow:
    """From the wall instant on, let market time be `market_at` and run by `factor`.

    Refuses to turn market time back with ClockRunsBackwards, and a factor outside
    0 to 86,400 with ClockFactorOutOfRange.
    """
    if not 0 <= factor <= MOST_FACTOR:
        raise ClockFactorOutOfRange(most=MOST_FACTOR)
    if _newest_row() is not None:
        current = clock_in_force().market_time(wall)
        if market_at < current:
            raise ClockRunsBackwards(market_now=current.isoformat())
    return ClockRow.objects.create(
        wall_origin=wall, market_origin=market_at, factor=factor, reason=reason
    )


def step_to(*, market_at: datetime, reason: str, wall: datetime) -> ClockRow:
    """Jump to a market instant and rest there: the journey's way through a day.

    Refuses to step back with ClockRunsBackwards.
    """
    return set_clock(market_at=market_at, factor=0, reason=reason, wall=wall)


@transaction.atomic
def rest_clock(*, reason: str, wall: datetime) -> ClockRow:
    """Stop market time where it is: a pause skips no days."""
    _newest_row()
    return step_to(market_at=clock_in_force().market_time(wall), reason=reason, wall=wall)


@transaction.atomic
def resume_clock(
    *, last_seen: datetime | None, factor: int, reason: str, wall: datetime
) -> ClockRow:
    """Let market time go on by `factor` from where it rested; a new market starts at the next hour.

    That is never before what was loaded while the clock had no row. `last_seen` is the last
    wall instant at which anybody lived to read the clock. If the clock was left running
    (everything was killed at once), what it would have run since then was
    observed by nobody and is taken back, so that no day is skipped.
    """
    latest = _newest_row()
    if latest is None:
        return set_clock(market_at=ceil_hour(wall), factor=factor, reason=reason, wall=wall)
    seen = max(latest.wall_origin, min(last_seen or wall, wall))
    return ClockRow.objects.create(
        wall_origin=wall,
        market_origin=clock_in_force().market_time(seen),
        factor=factor,
        reason=reason,
    )


@transaction.atomic
def seed_gates(*, now: datetime) -> None:
    """Date the first gates (decisions 4) once; later rows are left alone."""
    for kind, minutes in FIRST_GATES.items():
        if not GateRule.objects.filter(kind=kind).exists():
            GateRule.objects.create(kind=kind, minutes=minutes, valid_from=now)


@transaction.atomic
def change_gate(*, kind: GateKind, minutes: int, valid_from: datetime, now: datetime) -> GateRule:
    """Date a new number of minutes for a gate; refuses the past with GateNotAhead."""
    if valid_from <= now:
        raise GateNotAhead
    return GateRule.objects.create(kind=kind, minutes=minutes, valid_from=valid_from)


def _newest_row() -> ClockRow | None:
    """Return the newest row once no other transaction is changing the clock.

    Not by a row lock: that needs the right to update, and clock rows are append-only.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLOCK_LOCK])
    return ClockRow.objects.order_by("-id").first()
