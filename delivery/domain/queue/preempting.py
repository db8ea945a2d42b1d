"""Which running jobs are asked to save their state and leave."""

from collections.abc import Sequence
from datetime import timedelta

from delivery.domain.queue.shape import Capacity, Preempt, Queue, Running, Unit

NO_TIME = timedelta(0)


def recalled(queue: Queue) -> list[Preempt]:
    """Return the jobs whose devices leave before they end, once they must begin to save."""
    closes = {capacity.id: capacity.closes_at for capacity in queue.capacities}
    return [
        Preempt(job.id, recalled=True)
        for job in queue.running
        if not job.warned
        and job.capacity_id in closes
        and job.ends_by > closes[job.capacity_id]
        and queue.now + (job.saves_in or NO_TIME) >= closes[job.capacity_id]
    ]


def making_room(unit: Unit, fits: Sequence[Capacity], queue: Queue) -> list[Preempt]:
    """Return the jobs of lower priority that make room for the first in line; none for a gang.

    Only jobs that save their state, on recallable capacity, and as few as do; the lowest
    priority leaves first. Nobody is asked while others are still leaving.
    """
    if len(unit.ids) > 1 or any(job.warned for job in queue.running):
        return []
    choices = [_victims(unit, capacity, queue) for capacity in fits if capacity.recallable]
    found = [choice for choice in choices if choice]
    best = min(found, key=lambda jobs: (max(j.priority for j in jobs), len(jobs)), default=[])
    return [Preempt(job.id, recalled=False) for job in best]


def _victims(unit: Unit, capacity: Capacity, queue: Queue) -> list[Running]:
    if not capacity.opens_at <= queue.now or queue.now + unit.lasts > capacity.closes_at:
        return []
    here = [job for job in queue.running if job.capacity_id == capacity.id]
    lacking = unit.devices - (capacity.devices - sum(job.devices for job in here))
    willing = [job for job in here if job.saves_in is not None and job.priority < unit.priority]
    leaving: list[Running] = []
    for job in sorted(willing, key=lambda job: (job.priority, -job.devices, -job.id)):
        if lacking <= 0:
            break
        leaving.append(job)
        lacking -= job.devices
    return leaving if lacking <= 0 else []
