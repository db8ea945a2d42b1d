"""Market time from wall time, and back, in whole microseconds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A market day a wall second.
MOST_FACTOR = 86_400


@dataclass(frozen=True)
class Clock:
    """The clock row in force."""

    wall_origin: datetime
    market_origin: datetime
    factor: int

    def market_time(self, wall: datetime) -> datetime:
        """Return market time at a wall instant; never before the row's market origin."""
        elapsed = max(wall - self.wall_origin, timedelta(0))
        return self.market_origin + elapsed * self.factor

    def wall_seconds(self, market_seconds: int) -> int | None:
        """Return the wall seconds that market seconds take, rounded up; None at rest."""
        return -(-market_seconds // self.factor) if self.factor else None
