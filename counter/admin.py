"""Opens the market clock and the gates for watching (their room lies below this one)."""

from counter.watching import open_for_watching
from timetable.models import ClockRow, GateRule

open_for_watching(ClockRow, GateRule)
