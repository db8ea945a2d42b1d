"""How often the API may be called: a counter a minute in Valkey.

When Valkey is away nothing is refused: the counters protect against floods, not money.
"""

import structlog
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.api.entry_calls import ENTRY, too_many_entries
from counter.access import acting_of
from counter.patience import is_left_alone, leave_alone
from timetable.queries import wall_now

WINDOW_SECONDS = 60
log = structlog.get_logger(__name__)


def over_limit(key: str, most_a_minute: int) -> bool:
    """Count one call under the key; tell whether the minute has had too many."""
    if is_left_alone():
        return False
    minute = int(wall_now().timestamp()) // WINDOW_SECONDS
    name = f"calls:{key}:{minute}"
    try:
        if cache.add(name, 1, timeout=2 * WINDOW_SECONDS):
            return most_a_minute < 1
        return cache.incr(name) > most_a_minute
    except ValueError:
        # The counter expired between the two calls: a new minute has begun.
        return False
    except RedisError:
        leave_alone()
        log.warning("calls_not_counted", key=key)
        return False


class CallsOfAMember(BaseThrottle):
    """All credentials and people of a member share one budget of calls."""

    def allow_request(self, request: Request, view: object) -> bool:
        """Refuse with 429 beyond `API_CALLS_PER_MINUTE`; strangers count by address.

        Calls that enter orders have a budget of their own, the same as on the short way.
        """
        acting = acting_of(request)
        enters = request.method == "POST" and getattr(view, "calls_budget", "") == ENTRY
        if acting.member_id and enters:
            return not too_many_entries(acting.member_id)
        key = acting.member_id or self.get_ident(request)
        return not over_limit(f"api:{key}", settings.API_CALLS_PER_MINUTE)

    def wait(self) -> float:
        """Return the seconds until the next minute."""
        return seconds_to_wait()


def seconds_to_wait() -> float:
    """Return the seconds until the next minute, whole: none is too soon."""
    return WINDOW_SECONDS - int(wall_now().timestamp()) % WINDOW_SECONDS
