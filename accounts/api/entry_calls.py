"""How often a member's programs may call the door of orders: counted here, compared in Valkey.

A round trip for each order would cost more than the order. Each process counts for itself and
adds its count to everybody's a few times a second, so a member may exceed its budget by what it
sends within one such interval. When Valkey is away each process counts for itself alone.
"""

import threading
import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from counter.patience import is_left_alone, leave_alone
from timetable.queries import wall_now

ENTRY = "entry"
WINDOW_SECONDS = 60
COMPARE_SECONDS = 0.25
MOST_MEMBERS = 10_000
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Count:
    """One member's calls of one minute: all that are known of, and those not told yet."""

    minute: int
    known: int = 0
    untold: int = 0
    told_at: float = 0.0


_counts: dict[int, _Count] = {}
_lock = threading.Lock()


def too_many_entries(member_id: int) -> bool:
    """Count one call of the member's; tell whether the minute has had too many."""
    minute = int(wall_now().timestamp()) // WINDOW_SECONDS
    with _lock:
        count = _counts.get(member_id)
        if count is None or count.minute != minute:
            if len(_counts) >= MOST_MEMBERS:
                _counts.clear()
            count = _counts[member_id] = _Count(minute)
        count.untold += 1
        at = time.monotonic()
        due = at - count.told_at > COMPARE_SECONDS
        telling = 0
        if due:
            count.told_at, telling, count.untold = at, count.untold, 0
            count.known += telling
    if telling and not is_left_alone():
        _compare(member_id, count, telling)
    return bool(count.known + count.untold > settings.ENTRY_CALLS_PER_MINUTE)


def _compare(member_id: int, count: _Count, telling: int) -> None:
    """Add what was counted here to everybody's count, and learn that."""
    name = f"calls:{ENTRY}:{member_id}:{count.minute}"
    try:
        if cache.add(name, telling, timeout=2 * WINDOW_SECONDS):
            return
        count.known = max(count.known, int(cache.incr(name, telling)))
    except ValueError:
        # The counter expired between the two calls: a new minute has begun.
        return
    except RedisError:
        leave_alone()
        log.warning("entry_calls_not_compared", member=member_id)
