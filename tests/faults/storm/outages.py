"""For how long nobody was answered after each death."""

from bisect import bisect_left
from itertools import pairwise
from typing import Any

from tests.faults.storm.ground import Death

# An answer may still be on its way then.
BEGINS_WITHIN_S = 0.25


def outages(answered: list[float], deaths: list[Death]) -> list[float]:
    """Return for each death the longest silence that began with it, in seconds."""
    found = []
    for death in deaths:
        moments = [death.at]
        for moment in answered[bisect_left(answered, death.at) :]:
            moments.append(moment)
            if moment > death.at + BEGINS_WITHIN_S:
                break
        found.append(max((b - a for a, b in pairwise(moments)), default=0.0))
    return found


def share(found: list[float], hundredths: int) -> float:
    """Return the value below which so many of a hundred lie."""
    ordered = sorted(found)
    return round(ordered[min(len(ordered) * hundredths // 100, len(ordered) - 1)], 2)


def table(answered: list[float], deaths: list[Death]) -> dict[str, list[float]]:
    """Return the outages by cause; of engines also whether a standby waited."""
    found: dict[str, list[float]] = {}
    for death, away in zip(deaths, outages(answered, deaths), strict=True):
        waits = ", a standby waits" if death.stood_by else ", no standby yet"
        cause = death.cause + waits * death.cause.startswith("engine")
        found.setdefault(cause, []).append(round(away, 3))
    return found


def answered_at(rows: list[dict[str, Any]], door: str = "") -> list[float]:
    """Return when something was answered, at one door or at any."""
    return sorted(
        row["ended"] for row in rows if row["answer"] is not None and door in {"", row["door"]}
    )
