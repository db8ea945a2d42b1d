"""What waits for the market's next turn: bounded, in order of arrival."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from marketplace.domain.entry import Call, Reply

# Beyond this a caller is told at once that the market is busy: a queue never only grows.
MOST_WAITING = 8_192
MOST_A_TURN = 512
# With so many a turn costs little an order.
ENOUGH = 32
GATHER_S = 0.001


class Hears(Protocol):
    """Who is told the answers to its calls."""

    # How many of its entries wait, as whoever shares the answers out counts them.
    waits_for: int

    def hear(self, replies: list[Reply]) -> None:
        """Take answers, in order."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call with its caller."""

    call: Call
    caller: Hears

    @property
    def size(self) -> int:
        """Return how much room it takes: a call without entries waits too."""
        return max(len(self.call.commands), 1)


class Inbox:
    """Filled by the socket's thread, emptied by the one that writes."""

    def __init__(self) -> None:
        self._calls: deque[Waiting] = deque()
        self._entries = 0
        self._ever = 0
        self._filled = threading.Condition()
        # How many entries wake the one that writes, and how many its last turn had.
        self._wakes_at = 1
        self._last = 0

    def put(self, waiting: Waiting) -> int:
        """Let a call wait; return the place of its first entry, or 0 when too much waits.

        Places count from 1 in the order in which entries are answered.
        """
        size = waiting.size
        with self._filled:
            if self._entries + size > MOST_WAITING:
                return 0
            self._entries += size
            place = self._ever + 1
            self._ever += size
            self._calls.append(waiting)
            if self._entries >= self._wakes_at:
                self._filled.notify()
            return place

    def take(self, seconds: float) -> list[Waiting]:
        """Return what one turn can take of what waits, or nothing after so many seconds.

        Callers that were answered together ask again almost together, and a turn of one costs as
        much as one of thirty: where several asked the last time, a few more get a moment to arrive.
        """
        with self._filled:
            if not self._calls:
                self._filled.wait(seconds)
            worth = self._last if self._last >= ENOUGH else 2 * self._last
            if self._last > 1 and 0 < self._entries < worth:
                self._wakes_at = worth
                self._filled.wait_for(lambda: self._entries >= worth, GATHER_S)
                self._wakes_at = 1
            taken: list[Waiting] = []
            entries = 0
            while self._calls and (not taken or entries + self._calls[0].size <= MOST_A_TURN):
                taken.append(self._calls.popleft())
                entries += taken[-1].size
            self._entries -= entries
            self._last = entries
            return taken

    def take_all(self) -> list[Waiting]:
        """Return whatever waits: nobody is going to take it in a turn."""
        with self._filled:
            taken = list(self._calls)
            self._calls.clear()
            self._entries = 0
            return taken
