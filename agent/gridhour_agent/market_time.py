"""Market time from wall time, as the platform's clock row says; and quarter-hours of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gridhour_agent.wire import instant, whole

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class MarketClock:
    """The clock row in force. In production both origins are one and the factor is 1."""

    wall_origin: datetime
    market_origin: datetime
    factor: int

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "MarketClock":
        """Read one from an answer, or from the spool."""
        return cls(
            instant(body, "wall_origin"), instant(body, "market_origin"), whole(body, "factor")
        )

    def written(self) -> dict[str, Any]:
        """Return it as it travels."""
        return {
            "wall_origin": self.wall_origin.isoformat(),
            "market_origin": self.market_origin.isoformat(),
            "factor": self.factor,
        }

    def market(self, wall: datetime) -> datetime:
        """Return market time at a wall instant; never before the row's origin."""
        return self.market_origin + max(wall - self.wall_origin, timedelta(0)) * self.factor

    def wall(self, market: datetime) -> datetime | None:
        """Return when it was that market time; None where this row does not say."""
        if self.factor == 0 or market < self.market_origin:
            return None
        return self.wall_origin + (market - self.market_origin) / self.factor


def wall_now() -> datetime:
    """Return wall time. The agent is a door to the world: it reads the clock, its rules do not."""
    return datetime.now(UTC)


def quarters(starts_at: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the start of each whole quarter-hour in the half-open window."""
    while starts_at + QUARTER <= until:
        yield starts_at
        starts_at += QUARTER
