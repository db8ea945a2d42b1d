"""One look at a buyer's queue: a pure function of its frozen input.

Every unit in line gets a place in the future of the allocations before the next one is looked
at (conservative back-fill): a later unit may start first, but never where it would move an
earlier one. Places are computed as if every job took its whole time; jobs that end early only
make it sooner.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from delivery.domain.queue.fitting import earliest, fitting, length_on
from delivery.domain.queue.preempting import making_room, recalled
from delivery.domain.queue.profile import Profile
from delivery.domain.queue.ranking import rank, weight
from delivery.domain.queue.shape import (
    Capacity,
    Plan,
    Preempt,
    Queue,
    Running,
    Start,
    Unit,
    Wait,
    Why,
)

# Units beyond these wait without a place; they are looked at again when others have started.
PLANNED_UNITS = 200
SOON = timedelta(seconds=1)


def plan(queue: Queue) -> Plan:
    """Decide which jobs start now and where, which leave, and why each of the others waits."""
    profiles = _profiles(queue)
    starts: list[Start] = []
    waits: list[Wait] = []
    preempts, busy = recalled(queue), list(queue.running)
    used, left, placed = dict(queue.used), list(queue.waiting), 0
    while left:
        unit = min(left, key=lambda unit: rank(unit, queue.now, used))
        left.remove(unit)
        place = len(queue.waiting) - len(left)
        fits, why = fitting(unit, queue.capacities, queue.now)
        if why is None and placed >= PLANNED_UNITS:
            why = Why.FAR_BACK
        if why is not None:
            waits += [Wait(pk, why, place) for pk in unit.ids]
            continue
        placed += 1
        found = earliest(unit, [profiles[capacity.id] for capacity in fits], queue.now)
        if found is None:
            waits += [Wait(pk, _never(unit), place) for pk in unit.ids]
            continue
        at, places = found
        _reserve(unit, profiles, at, places)
        if at == queue.now:
            used[unit.team] = used.get(unit.team, 0) + weight(unit)
            starts += [Start(pk, spot, place) for pk, spot in zip(unit.ids, places, strict=True)]
            busy += [_begun(unit, profiles[spot].capacity, queue.now) for spot in places]
            continue
        room = making_room(unit, fits, queue) if placed == 1 else []
        preempts += room
        why = _why_later(unit, fits, replace(queue, running=tuple(busy)), room)
        waits += [Wait(pk, why, place, at) for pk in unit.ids]
    return Plan(tuple(starts), _once(preempts), tuple(waits))


def _profiles(queue: Queue) -> dict[int, Profile]:
    profiles = {capacity.id: Profile(capacity, queue.now) for capacity in queue.capacities}
    for job in queue.running:
        if job.capacity_id in profiles:
            # A job that is over its time still has its devices: until it is gone, it is not.
            ends_by = max(job.ends_by, queue.now + SOON)
            profiles[job.capacity_id].take(job.devices, queue.now, ends_by)
    return profiles


def _begun(unit: Unit, spot: Capacity, now: datetime) -> Running:
    ends_by = now + length_on(unit, spot, now)
    return Running(unit.ids[0], spot.id, unit.devices, ends_by, unit.priority)


def _reserve(unit: Unit, profiles: dict[int, Profile], at: datetime, places: Sequence[int]) -> None:
    for spot in places:
        lasts = length_on(unit, profiles[spot].capacity, at)
        profiles[spot].take(unit.devices, at, at + lasts)


def _never(unit: Unit) -> Why:
    """Return why a unit that fits each allocation alone finds no hour."""
    if unit.deadline is not None:
        return Why.DEADLINE_TOO_NEAR
    return Why.GANG_TOO_LARGE if len(unit.ids) > 1 else Why.DEVICES_BUSY


def _why_later(unit: Unit, fits: Sequence[Capacity], queue: Queue, room: Sequence[Preempt]) -> Why:
    """Return what stands between the unit and its start now."""
    if room:
        return Why.MAKING_ROOM
    if all(capacity.opens_at > queue.now for capacity in fits):
        return Why.NOT_OPEN_YET
    alone = _profiles(queue)
    found = earliest(unit, [alone[capacity.id] for capacity in fits], queue.now)
    if found is not None and found[0] == queue.now:
        return Why.OTHERS_FIRST
    return Why.GANG_GATHERS if len(unit.ids) > 1 else Why.DEVICES_BUSY


def _once(preempts: Sequence[Preempt]) -> tuple[Preempt, ...]:
    """Return one order to leave a job."""
    return tuple({preempt.job_id: preempt for preempt in reversed(preempts)}.values())
