"""When trading closes: dated numbers of minutes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from timetable.models import GateKind, GateRule

# In force until a row says otherwise.
FIRST_GATES: Mapping[GateKind, int] = {
    GateKind.CONTINUOUS_CLOSES_MINUTES_BEFORE: 60,
    GateKind.DAY_AHEAD_GATE_MINUTE_OF_DAY: 12 * 60,
}


def continuous_closes(now: datetime) -> timedelta:
    """Return how long before an hour starts its continuous trading ends, as of `now`."""
    return timedelta(minutes=_gate_minutes(GateKind.CONTINUOUS_CLOSES_MINUTES_BEFORE, now))


def day_ahead_gate(now: datetime) -> timedelta:
    """Return how long after the delivery day's midnight the day-ahead gate closes."""
    return timedelta(minutes=_gate_minutes(GateKind.DAY_AHEAD_GATE_MINUTE_OF_DAY, now))


def _gate_minutes(kind: GateKind, now: datetime) -> int:
    rows = GateRule.objects.filter(kind=kind, valid_from__lte=now).order_by("-valid_from")
    minutes = rows.values_list("minutes", flat=True).first()
    return FIRST_GATES[kind] if minutes is None else minutes
