"""In which phase an auction is: its row says what was done, the clock what may be done now."""

from datetime import datetime
from typing import Protocol

UPCOMING = "UPCOMING"
OPEN = "OPEN"
NO_CANCEL = "NO_CANCEL"
RANDOM_END = "RANDOM_END"
CLEARING = "CLEARING"
PUBLISHED = ("PUBLISHED", "AGREED")
OVER = (*PUBLISHED, "FAILED", "CANCELLED")
TAKES_ENTRIES = (OPEN, NO_CANCEL, RANDOM_END)
ONLY_IMPROVES = (NO_CANCEL, RANDOM_END)
PHASES = (UPCOMING, *TAKES_ENTRIES, CLEARING, *OVER)


class Timed(Protocol):
    """What has a state and the gates of an auction."""

    state: str
    opens_at: datetime
    no_cancel_at: datetime
    ends_from: datetime
    ends_by: datetime


def phase_of(auction: Timed, now: datetime) -> str:
    """Return the phase at `now`, one of PHASES.

    The random end itself is not looked at: until the book is frozen nobody is told that it has
    passed. A sweep that is late changes nothing, since the latest end stops every entry.
    """
    if auction.state == CLEARING or auction.state in OVER:
        return auction.state
    if now < auction.opens_at:
        return UPCOMING
    if now >= auction.ends_by:
        return CLEARING
    if now >= auction.ends_from:
        return RANDOM_END
    return NO_CANCEL if now >= auction.no_cancel_at else OPEN
