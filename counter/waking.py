"""Wake-ups: an action says what has happened; the conductor knows what follows.

The database is the truth and every stage finds its own work, so a wake-up saves waiting and
nothing else: it goes out after the commit, once, and its failure is logged and never raised.
"""

from functools import cache

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from redis import Redis

from counter.patience import is_left_alone, leave_alone

log = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 1


def facts_channel() -> str:
    """Return where live pages hear of facts (`config.events`).

    A server's databases share their channels: the name tells two markets apart.
    """
    return f"gridhour:facts:{settings.REDIS_URL.rpartition('/')[2]}"


def announce(fact: str) -> None:
    """After the commit, wake the worker for `fact` and tell the pages that are open.

    The facts are the words of `config.conductor.WAKES`.
    """
    transaction.on_commit(lambda: tell_now(fact), robust=True)


def tell_now(fact: str) -> None:
    """Do so at once, where it is committed already; the database is not asked."""
    if is_left_alone():
        return
    try:
        current_app.send_task("config.wake", args=[fact], retry=False, expires=30)
        _valkey().publish(facts_channel(), fact)
    except Exception as problem:  # noqa: BLE001 - Valkey may be away; the next turn finds the work
        leave_alone()
        log.warning("wake_up_not_sent", fact=fact, problem=str(problem))


@cache
def _valkey() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS)
