"""What must be true of every agreement, whatever was killed: pure, so that it can be tested."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from delivery.domain.naming import base_of

NEEDS_ONE = {"ACCEPTED", "DELIVERING", "INTERRUPTED"}
MAY_HAVE_ONE = {"PROVISIONING"}
ENDED = {"COMPLETED", "FAILED", "RECALLED"}


@dataclass(frozen=True)
class Kept:
    """One agreement as it is stored: its allocation, and its job with how often it ran."""

    name: str
    state: str
    allocations: int = 1
    job: str = ""
    ran: int = 0


def doubled(live: Sequence[str]) -> list[str]:
    """Return what lives more than once: two generations, or one twice."""
    counts = Counter(base_of(name) for name in live)
    return [f"{base} lives {count} times" for base, count in sorted(counts.items()) if count > 1]


def wrong(kept: Sequence[Kept], live: Sequence[str]) -> list[str]:
    """Return what is not as it must be once everything has recovered."""
    known = {base_of(one.name): one for one in kept}
    return [
        *doubled(live),
        *(why for name in live if (why := _unowned(name, known.get(base_of(name))))),
        *(why for one in kept for why in _broken(one, {base_of(name) for name in live})),
    ]


def _unowned(name: str, one: Kept | None) -> str:
    if one is None or one.state not in NEEDS_ONE | MAY_HAVE_ONE:
        return f"{name} lives, and nobody owns it"
    return f"{name} lives instead of {one.name}" if one.name != name else ""


def _broken(one: Kept, standing: set[str]) -> list[str]:
    found = []
    if one.state in NEEDS_ONE and base_of(one.name) not in standing:
        found.append(f"{one.name} is {one.state} and does not live")
    if one.allocations != 1:
        found.append(f"{one.name}: {one.allocations} allocations")
    if one.ran > 1:
        found.append(f"the job on {one.name} ran {one.ran} times")
    if one.job == "SUCCEEDED" and not one.ran:
        found.append(f"the job on {one.name} succeeded and did not run")
    return found


def unclean(kept: Sequence[Kept], live: Sequence[str], left: Sequence[str]) -> list[str]:
    """Return what is left when every window is over: nothing may be."""
    open_still = [f"{one.name} is still {one.state}" for one in kept if one.state not in ENDED]
    running = [f"the job on {one.name} is still {one.job}" for one in kept if one.job in RUNNING]
    return [*open_still, *running, *wrong(kept, live), *(f"left: {what}" for what in left)]


RUNNING = {"QUEUED", "RUNNING"}
