"""How often to try, and how long to wait in between (wall time)."""

from datetime import datetime, timedelta

MAX_TRIES = 6
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=60)
LEASE = timedelta(seconds=90)


def next_attempt_at(tries: int, wall: datetime) -> datetime:
    """Return when to try again after `tries` failures: doubling pauses, capped."""
    pause = FIRST_PAUSE * (1 << min(max(tries, 1) - 1, 10))
    return wall + min(pause, LONGEST_PAUSE)


def is_exhausted(tries: int) -> bool:
    """Tell whether the key has used up its tries."""
    return tries >= MAX_TRIES
