"""How long a hand-over lasts, so that the site ends it by itself should nobody else."""

from datetime import datetime, timedelta

from delivery.domain.handover import AllocationView
from timetable.domain.clock import Clock

SPARE = timedelta(minutes=2)


def wall_seconds_left(view: AllocationView, clock: Clock, wall: datetime) -> int:
    """Return wall seconds until two minutes after the window's end by the market clock.

    While that rests, for the window's length.
    """
    until = clock.wall_seconds(int((view.ends_at - clock.market_time(wall)).total_seconds()))
    length = view.ends_at - view.starts_at
    span = timedelta(seconds=until) if until is not None else length
    return max(1, -(-(span + SPARE) // timedelta(seconds=1)))
