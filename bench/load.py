"""A load that costs little itself: one thread, raw sockets, requests made of ready text."""

import select
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

DRAIN_S = 15.0
CHUNK = 1 << 18


class StalledError(Exception):
    """The server has not answered for a long time, or has hung up."""


@dataclass
class Tally:
    """What came back. `accepted` are orders and cancels that are durable."""

    seconds: float = 0.0
    accepted: int = 0
    filled: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)


class Wire(Protocol):
    """A connection that knows what to say and what it was answered."""

    sock: socket.socket
    window: int

    @property
    def waiting(self) -> int:
        """Return how many requests are not answered yet."""

    def say(self, since: float) -> bytes:
        """Return the next request; its latency counts from `since`."""

    def hear(self, data: bytes) -> None:
        """Take in what has arrived."""


def flood(wires: Sequence[Wire], tally: Tally, seconds: float) -> None:
    """Keep every wire's window full for so long, then wait for the last answers."""
    with _poll(wires) as (poll, by_number):
        begun = time.perf_counter()
        until = begun + seconds
        for wire in wires:
            wire.sock.sendall(b"".join(wire.say(begun) for _ in range(wire.window)))
        while any(wire.waiting for wire in wires):
            for number, _events in _ready(poll, DRAIN_S):
                wire = by_number[number]
                _receive(wire)
                now = time.perf_counter()
                room = wire.window - wire.waiting
                if room and now < until:
                    wire.sock.sendall(b"".join(wire.say(now) for _ in range(room)))
        tally.seconds += time.perf_counter() - begun


def pace(wires: Sequence[Wire], tally: Tally, seconds: float, rate: float) -> None:
    """Send at a fixed rate; a request that must wait for a free wire counts that, too."""
    with _poll(wires) as (poll, by_number):
        begun = time.perf_counter()
        due, last = begun, begun + seconds
        idle = deque(wires)
        while due < last or len(idle) < len(wires):
            now = time.perf_counter()
            while idle and due <= now and due < last:
                wire = idle.popleft()
                wire.sock.sendall(wire.say(due))
                due += 1 / rate
            wait = max(0.0, due - now) if idle and due < last else DRAIN_S
            found = poll.poll(wait)
            if not found and wait == DRAIN_S:
                raise StalledError
            for number, _events in found:
                wire = by_number[number]
                _receive(wire)
                if not wire.waiting:
                    idle.append(wire)
        tally.seconds += time.perf_counter() - begun


class _poll:  # noqa: N801 - used as a function
    """All wires under one watch."""

    def __init__(self, wires: Sequence[Wire]) -> None:
        self.wires, self.poll = wires, select.epoll()

    def __enter__(self) -> tuple[select.epoll, dict[int, Wire]]:
        for wire in self.wires:
            self.poll.register(wire.sock.fileno(), select.EPOLLIN)
        return self.poll, {wire.sock.fileno(): wire for wire in self.wires}

    def __exit__(self, *_problem: object) -> None:
        self.poll.close()


def _ready(poll: select.epoll, seconds: float) -> Iterator[tuple[int, int]]:
    found = poll.poll(seconds)
    if not found:
        raise StalledError
    yield from found


def _receive(wire: Wire) -> None:
    data = wire.sock.recv(CHUNK)
    if not data:
        raise StalledError
    wire.hear(data)
