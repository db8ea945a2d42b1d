"""Served endpoints: what a service may ask for, and when it is well."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from delivery.domain.refusals import JobShapeRefused

LEAST_PORT, MOST_PORT = 1_024, 65_535
MAX_PATH_CHARACTERS = 200
LEAST_INTERVAL_S, MAX_INTERVAL_S = 2, 300
MAX_TIMEOUT_S = 30
MAX_UNHEALTHY_AFTER = 20
MAX_STARTS_IN_S = 1_800
# What is kept of a service's health: the newest checks.
CHECKS_KEPT = 1_000
# A service asks for a place that lasts at least so long (wall seconds), and holds it to the end.
LEAST_LASTS_S = 60
# The site's own limit comes after the end by the market clock.
SPARE_S = 60
NEVER_UP = "it did not become healthy in time"
NOT_UP_ANY_MORE = "it became unhealthy"
ENDED_BY_ITSELF = "the service ended by itself"
WINDOW_OVER = "the delivery ended"


class HealthState(StrEnum):
    """How a service is: it starts, answers well, or has been given up in this try."""

    STARTING = "STARTING"
    UP = "UP"
    DOWN = "DOWN"


class Verdict(StrEnum):
    """What one look at a service found. UNKNOWN: the site could not be asked; nobody's fault."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class ServiceAsked:
    """How a job is reached over HTTP, and how its health is looked at. Times are wall seconds."""

    port: int
    health_path: str = "/"
    interval_s: int = 10
    timeout_s: int = 5
    unhealthy_after: int = 3
    starts_in_s: int = 60


@dataclass(frozen=True)
class Look:
    """One look at a service: what it found, the HTTP status, and how long it took."""

    verdict: Verdict
    http_status: int | None = None
    latency_us: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Health:
    """How a service is in one try: since when (wall), and how many looks failed in a row."""

    state: HealthState
    since: datetime
    failed_in_a_row: int = 0


def check_service(asked: ServiceAsked) -> None:
    """Refuse settings that no service could have, with JobShapeRefused naming the field."""
    _range("port", asked.port, LEAST_PORT, MOST_PORT)
    _range("interval_s", asked.interval_s, LEAST_INTERVAL_S, MAX_INTERVAL_S)
    _range("timeout_s", asked.timeout_s, 1, min(MAX_TIMEOUT_S, asked.interval_s))
    _range("unhealthy_after", asked.unhealthy_after, 1, MAX_UNHEALTHY_AFTER)
    _range("starts_in_s", asked.starts_in_s, 1, MAX_STARTS_IN_S)
    path = asked.health_path
    plain = path.isascii() and path.isprintable() and " " not in path and "#" not in path
    if not path.startswith("/") or not plain or len(path) > MAX_PATH_CHARACTERS:
        detail = f"a path begins with / and has at most {MAX_PATH_CHARACTERS} plain characters"
        raise JobShapeRefused(field="service.health_path", detail=detail)


def _range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise JobShapeRefused(field=f"service.{name}", detail=f"{name} is {least} to {most}")


def after_look(asked: ServiceAsked, before: Health, verdict: Verdict, wall: datetime) -> Health:
    """Return how the service is after a look.

    While it starts, failed looks count for nothing until its time to start is over; then the
    first one is enough. Once it was up, so many in a row bring it down.
    """
    if verdict is Verdict.UNKNOWN or before.state is HealthState.DOWN:
        return before
    if verdict is Verdict.PASSED:
        since = before.since if before.state is HealthState.UP else wall
        return Health(HealthState.UP, since)
    failed = before.failed_in_a_row + 1
    if before.state is HealthState.STARTING:
        late = wall - before.since >= timedelta(seconds=asked.starts_in_s)
        return (
            Health(HealthState.DOWN, wall, failed)
            if late
            else replace(before, failed_in_a_row=failed)
        )
    if failed >= asked.unhealthy_after:
        return Health(HealthState.DOWN, wall, failed)
    return replace(before, failed_in_a_row=failed)


def why_down(before: Health) -> str:
    """Return the reason for which a service was given up, as it was before the last look."""
    return NEVER_UP if before.state is HealthState.STARTING else NOT_UP_ANY_MORE


def runs_for_s(left: timedelta, factor: int) -> int:
    """Return the wall seconds that a site lets a service run; `left` is market time.

    While the market clock rests nobody knows when the window ends: then as if it ran.
    """
    return max(1, -(-left // timedelta(seconds=max(1, factor))) + SPARE_S)


@dataclass(frozen=True)
class TryEnded:
    """How a service's try ended at its site. `given_up` says why its health ended it, if so."""

    exit_code: int | None
    reason: str
    given_up: str
    window_over: bool


def service_ended(ended: TryEnded) -> tuple[str, str]:
    """Return state and reason of a service's try that nobody cancelled.

    A window that is over is its proper end, reported as the delivery's; to end by itself is not.
    """
    if ended.given_up:
        return "FAILED", ended.given_up
    if ended.reason == "time limit" or (ended.window_over and ended.reason in {"cancelled", ""}):
        return "FAILED", WINDOW_OVER
    if ended.exit_code == 0 and not ended.reason:
        return "FAILED", ENDED_BY_ITSELF
    return "FAILED", ended.reason
