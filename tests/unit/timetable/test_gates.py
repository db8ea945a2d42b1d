from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from timetable.actions import GateNotAhead, change_gate, seed_gates
from timetable.models import GateKind, GateRule
from timetable.queries import continuous_closes, day_ahead_gate

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
pytestmark = pytest.mark.django_db


def test_the_first_gates_stand_before_and_after_they_are_dated() -> None:
    for _ in range(2):
        assert continuous_closes(NOW) == timedelta(minutes=60)
        assert day_ahead_gate(NOW) == timedelta(hours=12)
        seed_gates(now=NOW)
    assert GateRule.objects.count() == 2


def test_a_changed_gate_bites_from_its_date_on() -> None:
    seed_gates(now=NOW)
    change_gate(
        kind=GateKind.CONTINUOUS_CLOSES_MINUTES_BEFORE, minutes=30, valid_from=LATER, now=NOW
    )

    assert continuous_closes(LATER - timedelta(seconds=1)) == timedelta(minutes=60)
    assert continuous_closes(LATER) == timedelta(minutes=30)


def test_a_gate_is_not_changed_for_the_past() -> None:
    with pytest.raises(GateNotAhead):
        change_gate(kind=GateKind.DAY_AHEAD_GATE_MINUTE_OF_DAY, minutes=0, valid_from=NOW, now=NOW)


def test_the_database_refuses_to_change_a_dated_gate() -> None:
    seed_gates(now=NOW)

    with pytest.raises(DatabaseError, match="written once"):
        GateRule.objects.update(minutes=1)
