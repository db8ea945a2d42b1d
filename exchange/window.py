"""Windows of delivery: half-open, UTC, whole hours, never empty."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from exchange.refusal import Refused

HOUR = timedelta(hours=1)
MARKET_ZONE = ZoneInfo("Asia/Shanghai")


class NotAWindow(Refused):
    """A window must start and end on whole UTC hours, the end after the start."""

    code = "E-WINDOW-01"
    field = "window"
    sentence = "A window starts and ends on whole hours, and ends after it starts."


@dataclass(frozen=True, order=True)
class Window:
    """A half-open stretch of whole hours: it contains its start, not its end."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        for instant in (self.starts_at, self.ends_at):
            if instant.utcoffset() != timedelta(0) or instant != floor_hour(instant):
                raise NotAWindow
        if self.ends_at <= self.starts_at:
            raise NotAWindow

    @property
    def hours(self) -> int:
        """How many delivery periods the window holds."""
        return int((self.ends_at - self.starts_at) / HOUR)

    def starts(self) -> Iterator[datetime]:
        """Yield the start of each delivery period."""
        for index in range(self.hours):
            yield self.starts_at + index * HOUR

    def contains(self, other: "Window") -> bool:
        """Tell whether the other window lies wholly inside this one."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at

    def overlaps(self, other: "Window") -> bool:
        """Tell whether the two share an hour."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def floor_hour(instant: datetime) -> datetime:
    """Return the start of the instant's hour, in UTC."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def ceil_hour(instant: datetime) -> datetime:
    """Return the first whole hour that is not before the instant."""
    floor = floor_hour(instant)
    return floor if floor == instant else floor + HOUR


def delivery_day(instant: datetime) -> date:
    """Return the calendar day in Asia/Shanghai that the instant belongs to."""
    return instant.astimezone(MARKET_ZONE).date()


def day_start(day: date) -> datetime:
    """Return the UTC instant at which the delivery day begins (16:00 UTC the day before)."""
    return datetime(day.year, day.month, day.day, tzinfo=MARKET_ZONE).astimezone(UTC)


def hour_of_day(instant: datetime) -> int:
    """Return 0 to 23: the slot of the instant's hour in its delivery day."""
    return instant.astimezone(MARKET_ZONE).hour


def hour_number(instant: datetime) -> int:
    """Return the number of the instant's hour, counted from 1970: hours as whole numbers."""
    return int(instant.timestamp()) // 3600


def hour_from(instant: datetime) -> int:
    """Return the number of the first hour that does not start before the instant."""
    return -(-ceil(instant.timestamp()) // 3600)


def hour_start(number: int) -> datetime:
    """Return the UTC instant at which the hour with that number starts."""
    return datetime.fromtimestamp(number * 3600, tz=UTC)
