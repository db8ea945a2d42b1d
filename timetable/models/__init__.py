"""Rows of the market's time, and the notes of what changes with it."""

from timetable.models.change import FactChange
from timetable.models.clock import ClockRow
from timetable.models.gate import GateKind, GateRule

__all__ = ["ClockRow", "FactChange", "GateKind", "GateRule"]
