"""The dead-man switch: everything a member has open ends when it is not heard from in time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.domain.checks import check_range

SHORTEST_S = 2
LONGEST_S = 86_400
# A claimed switch that was not seen to fire is fired again, under the same id.
CLAIM = timedelta(seconds=3)
# A sender's own ids are printable: no member can have used this one.
MARK = "\x1f"
REASON = "CANCEL_AFTER"


@dataclass(frozen=True)
class Switch:
    """How a member's switch stands."""

    state: str
    seconds: int
    due_at: datetime
    fired_at: datetime | None = None
    ended: int | None = None


def check_seconds(seconds: int) -> None:
    """Refuse a time that is too short to be kept to, or longer than a day; 0 switches off."""
    if seconds:
        check_range("seconds", seconds, SHORTEST_S, LONGEST_S)


def firing_id(switch_id: int) -> str:
    """Return the id under which a switch fires, however often that is tried."""
    return f"{MARK}switch:{switch_id}"
