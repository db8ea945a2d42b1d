"""How long a failed item rests before it is tried again (wall time)."""

from datetime import datetime, timedelta

FIRST_REST = timedelta(seconds=2)
LONGEST_REST = timedelta(minutes=10)


def rest_until(tries: int, wall: datetime) -> datetime:
    """Return when an item that failed `tries` times may be tried again: doubling, capped."""
    doublings = min(max(tries, 1) - 1, 12)
    return wall + min(FIRST_REST * int(2**doublings), LONGEST_REST)
