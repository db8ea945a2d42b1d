"""Whose turn it is: priority and age, then deadlines, then what teams have had, then arrival."""

from datetime import UTC, datetime, timedelta

from delivery.domain.queue.shape import Unit

# Each six market hours of waiting count as one step of priority, so that nobody waits for ever.
STEP_OF_AGE = timedelta(hours=6)
NO_DEADLINE = datetime.max.replace(tzinfo=UTC)

Rank = tuple[int, bool, int, datetime, datetime, tuple[int, ...]]


def level(unit: Unit, now: datetime) -> int:
    """Return the unit's priority with its age."""
    return unit.priority + max(0, (now - unit.submitted_at) // STEP_OF_AGE)


def rank(unit: Unit, now: datetime, used: dict[str, int]) -> Rank:
    """Return the key by which units stand in line; the smallest is next.

    A unit that must begin within its own length to meet its deadline goes before those of its
    level that need not.
    """
    deadline = unit.deadline or NO_DEADLINE
    pressed = unit.deadline is not None and deadline - now < 2 * unit.lasts
    share = used.get(unit.team, 0)
    return (-level(unit, now), not pressed, share, deadline, unit.submitted_at, unit.ids)


def weight(unit: Unit) -> int:
    """Return the device-seconds that the unit asks for."""
    return len(unit.ids) * unit.devices * int(unit.lasts.total_seconds())
