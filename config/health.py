"""Alive and ready: what a load balancer and an operator ask first."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

# Migrations do not come undone while a process lives: found complete once, they stay complete.
_complete: set[str] = set()


@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer that the process is alive; nothing else is asked."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when requests can be served, 503 otherwise, naming what is missing.

    Without Valkey the exchange still trades: pages wait for a reload and wake-ups for the next
    turn. That is ready, with a note.
    """
    needed = {"database": _checked(_database), "migrations": _checked(_migrations)}
    ready = set(needed.values()) == {"ok"}
    notes = {"valkey": _checked(_valkey)}
    body = {"ready": ready, **needed, **notes}
    return JsonResponse(body, status=200 if ready else 503)


def _checked(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, RedisError) as problem:
        return f"away ({type(problem).__name__})"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    if "default" in _complete:
        return "ok"
    executor = MigrationExecutor(connections["default"])
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return f"{len(waiting)} not applied"
    _complete.add("default")
    return "ok"


def _valkey() -> str:
    cache.get("readyz")
    return "ok"
