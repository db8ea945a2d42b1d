"""Ask the time. Only doors do; rules take `now` as an argument."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DatabaseError

from timetable.domain.clock import Clock
from timetable.models import ClockRow

REAL_TIME = Clock(
    wall_origin=datetime(2026, 1, 1, tzinfo=UTC),
    market_origin=datetime(2026, 1, 1, tzinfo=UTC),
    factor=1,
)


@dataclass(frozen=True)
class ClockState:
    """What a page's bar shows of the clock."""

    market_now: datetime
    factor: int

    @property
    def accelerated(self) -> bool:
        """Tell whether market time is not wall time."""
        return self.factor != 1

    @property
    def seconds_per_market_hour(self) -> int:
        """Wall seconds that one market hour takes; 0 at rest."""
        return 3600 // self.factor if self.factor else 0


def wall_now() -> datetime:
    """Return wall time: for leases, heartbeats, tokens, sessions, rate limits."""
    return datetime.now(UTC)


def clock_in_force() -> Clock:
    """Return the newest clock row; real time when there is none."""
    row = ClockRow.objects.order_by("-id").first()
    if row is None:
        return REAL_TIME
    return Clock(row.wall_origin, row.market_origin, row.factor)


def market_now() -> datetime:
    """Return market time: for gates, windows, expiry, readings, settlement."""
    return clock_in_force().market_time(wall_now())


def clock_state() -> ClockState:
    """Return the clock for a page's frame; real time when the database is away."""
    try:
        clock = clock_in_force()
    except DatabaseError:
        clock = REAL_TIME
    return ClockState(market_now=clock.market_time(wall_now()), factor=clock.factor)
