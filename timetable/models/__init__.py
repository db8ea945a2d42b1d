"""Rows of the market's time."""

from timetable.models.clock import ClockRow
from timetable.models.gate import GateKind, GateRule

__all__ = ["ClockRow", "GateKind", "GateRule"]
