"""Ask the time and the gates. Only doors ask; rules take `now` as an argument."""

from timetable.queries.clock import (
    REAL_TIME,
    ClockState,
    clock_in_force,
    clock_state,
    market_now,
    wall_now,
)
from timetable.queries.gates import FIRST_GATES, continuous_closes, day_ahead_gate

__all__ = [
    "FIRST_GATES",
    "REAL_TIME",
    "ClockState",
    "clock_in_force",
    "clock_state",
    "continuous_closes",
    "day_ahead_gate",
    "market_now",
    "wall_now",
]
