"""Idle devices hour by hour, and the largest rectangles of them. Hours are numbers since 1970."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from delivery.domain.cluster import Queued, Use
from exchange.units import SECONDS_PER_HOUR


def peak_by_hour(uses: Iterable[Use], first_hour: int, hours: int) -> list[int]:
    """Return the most devices held at once in each hour of a stretch.

    A listing is of whole hours: a device that was busy for a minute was not free for the hour.
    """
    since, until = first_hour * SECONDS_PER_HOUR, (first_hour + hours) * SECONDS_PER_HOUR
    changes: dict[int, int] = defaultdict(int)
    for use in uses:
        starts, ends = int(use.starts_at.timestamp()), int(use.ends_at.timestamp())
        if starts < ends and starts < until and ends > since:
            changes[max(starts, since)] += use.devices
            changes[ends] -= use.devices
    peaks, held = [0] * hours, 0
    # After the last change nothing is held.
    for at, following in pairwise(sorted(changes)):
        held += changes[at]
        if at >= until:
            break
        last = min(-(-following // SECONDS_PER_HOUR), first_hour + hours)
        for hour in range(at // SECONDS_PER_HOUR, last):
            peaks[hour - first_hour] = max(peaks[hour - first_hour], held)
    return peaks


def booked_by_hour(
    running: Iterable[Use], queued: Iterable[Queued], first_hour: int, hours: int
) -> list[int]:
    """Return the devices that known work may still hold in each hour from `first_hour` on.

    Running work counts until its time limit, waiting work as if it began at once.
    """
    booked = [0] * hours
    ends = [(use.devices, int(use.ends_at.timestamp())) for use in running]
    begin = first_hour * SECONDS_PER_HOUR
    ends += [(one.devices, begin + one.limit_seconds) for one in queued]
    for devices, until in ends:
        last = -(-(until - begin) // SECONDS_PER_HOUR)
        for index in range(min(max(last, 0), hours)):
            booked[index] += devices
    return booked


def largest_rectangle(idle: Sequence[int], node: int) -> tuple[int, int, int]:
    """Return (first hour, hours, devices) of the largest rectangle of whole nodes.

    The earliest, then the shortest, wins a tie; (0, 0, 0) when nothing is idle.
    """
    best = (0, 0, 0)
    for first in range(len(idle)):
        lowest = idle[first]
        for last in range(first, len(idle)):
            lowest = min(lowest, idle[last])
            devices = lowest - lowest % node
            if devices <= 0:
                break
            hours = last - first + 1
            if devices * hours > best[1] * best[2]:
                best = (first, hours, devices)
    return best


def rectangles(
    idle: Sequence[int], node: int, *, most: int, longest_hours: int
) -> list[tuple[int, int, int]]:
    """Return at most `most` rectangles of whole nodes that fit side by side, largest first.

    Each is at most `longest_hours` long, from its beginning.
    """
    left = list(idle)
    found: list[tuple[int, int, int]] = []
    while len(found) < most:
        first, hours, devices = largest_rectangle(left, node)
        hours = min(hours, longest_hours)
        if not devices:
            break
        found.append((first, hours, devices))
        for index in range(first, first + hours):
            left[index] -= devices
    return found
