"""The site's clock, by what each answer of the API server says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

# Below the first the clocks agree; above the second nothing that the site says is timed right.
SKEW_NOTED_S = 5
SKEW_REFUSED_S = 60


@dataclass
class SiteClock:
    """How far the API server is ahead of `clock`, which tells seconds since 1970."""

    clock: Callable[[], float]
    skew_s: int = 0

    def hear(self, date: str, took_s: float) -> None:
        """Take the answer's date: whole seconds, half of one is the best guess of the rest."""
        if not date:
            return
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return
        self.skew_s = round(told.timestamp() + 0.5 - (self.clock() - took_s / 2))

    def now_s(self) -> int:
        """Return the site's present second."""
        return int(self.clock()) + self.skew_s


def second_of(written: object) -> int | None:
    """Return a moment as Kubernetes writes it in seconds since 1970; None when there is none."""
    if not isinstance(written, str) or not written:
        return None
    return int(datetime.fromisoformat(written).timestamp())
