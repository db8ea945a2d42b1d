"""One queue over all that a buyer holds: which job starts where, now, and why the others wait."""

from delivery.domain.queue.scheduling import plan
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

__all__ = [
    "Capacity",
    "Plan",
    "Preempt",
    "Queue",
    "Running",
    "Start",
    "Unit",
    "Wait",
    "Why",
    "plan",
]
