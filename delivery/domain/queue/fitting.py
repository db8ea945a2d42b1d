"""Which allocations could ever run a unit, and where its jobs go at one instant."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from delivery.domain.queue.profile import Profile
from delivery.domain.queue.shape import Capacity, Unit, Why

Test = Callable[[Capacity, Unit, datetime], bool]

# In the order in which a person would ask; the first that nothing passes is the reason. The last
# passes by itself: until then the unit has no place, since nobody knows when it will.
TESTS: tuple[tuple[Why, Test], ...] = (
    (Why.NOT_ITS_DELIVERY, lambda c, u, _: u.capacity_id in {None, c.id}),
    (Why.NO_STACK, lambda c, u, _: c.stack in u.stacks),
    (Why.NO_DOOR, lambda c, u, _: c.doors or not u.door),
    (Why.NO_MEMORY, lambda c, u, _: c.memory_gb >= u.min_memory_gb),
    (Why.NO_PLACE, lambda c, u, _: u.place in {"", c.site, c.zone}),
    (Why.NO_DATA, lambda c, u, _: not u.data or u.data in c.data | c.coming),
    (Why.TOO_LARGE, lambda c, u, _: c.devices >= u.devices),
    (Why.WINDOW_TOO_SHORT, lambda c, u, now: max(now, c.opens_at) + u.lasts <= c.closes_at),
    (
        Why.DEADLINE_TOO_NEAR,
        lambda c, u, now: u.deadline is None or max(now, c.opens_at) + u.lasts <= u.deadline,
    ),
    (Why.DATA_COMING, lambda c, u, _: not u.data or u.data in c.data),
)


def length_on(unit: Unit, capacity: Capacity, at: datetime) -> timedelta:
    """Return how long a unit that starts at an instant keeps its devices there."""
    return max(unit.lasts, capacity.closes_at - at) if unit.stays else unit.lasts


def fitting(
    unit: Unit, capacities: Sequence[Capacity], now: datetime
) -> tuple[list[Capacity], Why | None]:
    """Return the allocations that could run the unit's jobs; else the reason why none can."""
    left = list(capacities)
    if not left:
        return [], Why.NOTHING_HELD
    for why, test in TESTS:
        left = [capacity for capacity in left if test(capacity, unit, now)]
        if not left:
            return [], why
    return left, None


def places_at(unit: Unit, profiles: Sequence[Profile], at: datetime) -> list[int] | None:
    """Return an allocation for each job of the unit at an instant; None unless all find one.

    Jobs that save their state go to recallable capacity first, the others to firm; then where
    the least memory and the fewest devices would be left over.
    """
    if unit.deadline is not None and at + unit.lasts > unit.deadline:
        return None
    found: list[int] = []
    free = {
        profile.capacity.id: profile.least_free(at, length_on(unit, profile.capacity, at))
        for profile in profiles
    }
    for profile in sorted(profiles, key=lambda p: _preference(unit, p.capacity, free)):
        room = free[profile.capacity.id] // unit.devices
        found += [profile.capacity.id] * min(room, len(unit.ids) - len(found))
        if len(found) == len(unit.ids):
            return found
    return None


def _preference(
    unit: Unit, capacity: Capacity, free: dict[int, int]
) -> tuple[bool, int, int, datetime, int]:
    spare = free[capacity.id] - unit.devices
    unsuited = capacity.recallable != unit.saves
    return (unsuited, capacity.memory_gb, spare, capacity.closes_at, capacity.id)


def earliest(
    unit: Unit, profiles: Sequence[Profile], now: datetime
) -> tuple[datetime, list[int]] | None:
    """Return when the whole unit can start at the earliest, and where; None when never."""
    instants = {now} | {at for profile in profiles for at in profile.changes() if at >= now}
    for at in sorted(instants):
        places = places_at(unit, profiles, at)
        if places is not None:
            return at, places
    return None
