"""How many devices of one allocation are free, and when."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta

from delivery.domain.queue.shape import Capacity


class Profile:
    """Free devices as a line of steps; nothing is free outside the allocation's hours."""

    def __init__(self, capacity: Capacity, now: datetime) -> None:
        """Begin with all devices free from now on, or from when the allocation opens."""
        self.capacity = capacity
        first = max(now, capacity.opens_at)
        self.times = [first, max(first, capacity.closes_at)]
        self.free = [capacity.devices, 0]

    def take(self, devices: int, starts_at: datetime, ends_at: datetime) -> None:
        """Take devices for a while; the part outside the allocation's hours is left out."""
        starts_at, ends_at = max(starts_at, self.times[0]), min(ends_at, self.times[-1])
        if starts_at >= ends_at:
            return
        first, last = self._step(starts_at), self._step(ends_at)
        for index in range(first, last):
            self.free[index] -= devices

    def _step(self, at: datetime) -> int:
        """Return the index of the step that begins at an instant, made if need be."""
        index = bisect_left(self.times, at)
        if index == len(self.times) or self.times[index] != at:
            self.times.insert(index, at)
            self.free.insert(index, self.free[index - 1])
        return index

    def least_free(self, starts_at: datetime, lasts: timedelta) -> int:
        """Return how many devices are free for the whole while."""
        if starts_at < self.times[0] or starts_at + lasts > self.times[-1]:
            return 0
        first = bisect_right(self.times, starts_at) - 1
        last = bisect_left(self.times, starts_at + lasts)
        return max(0, min(self.free[first:last], default=self.free[first]))

    def changes(self) -> Iterator[datetime]:
        """Yield the instants at which more devices become free, the beginning among them."""
        before = 0
        for at, free in zip(self.times, self.free, strict=True):
            if free > before:
                yield at
            before = free
