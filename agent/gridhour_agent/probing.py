"""Measure the way to a responder: round trips one by one, then bandwidth both ways, in bounds."""

import secrets
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gridhour_agent.probe_server import read_whole
from gridhour_agent.probe_wire import (
    COUNT,
    DOWN,
    ECHO,
    HEAD,
    MAGIC,
    MOST_BYTES,
    PIECE_BYTES,
    UP,
)

ECHO_BYTES = 32
TIMEOUT_S = 2.0
MOST_SAMPLES = 200
# What may be on its way when an upload is timed: counted when the responder has it.
PIECE = bytes(PIECE_BYTES)


class ProbeFailed(Exception):
    """The way could not be measured: no responder, or one that does not answer as it should."""


@dataclass(frozen=True)
class Measured:
    """Round trips in µs (median, 95th percentile), how many were lost, and Mbit/s both ways."""

    samples: int
    lost: int
    rtt_median_us: int
    rtt_p95_us: int
    mbps_down: int
    mbps_up: int
    moved_bytes: int


@dataclass(frozen=True)
class Bounds:
    """How many round trips, and how many bytes and seconds each way may take."""

    samples: int = 20
    most_bytes: int = 8 << 20
    most_seconds: int = 3

    def __post_init__(self) -> None:
        """Refuse what no probe should do, with ValueError."""
        if not (
            1 <= self.samples <= MOST_SAMPLES
            and 0 <= self.most_bytes <= MOST_BYTES
            and 1 <= self.most_seconds <= 10
        ):
            msg = f"out of bounds: {self}"
            raise ValueError(msg)


def measure(
    host: str, port: int, bounds: Bounds, clock: Callable[[], float] = time.perf_counter
) -> Measured:
    """Measure the way to the responder; ProbeFailed where nothing could be measured."""
    try:
        with _connected(host, port) as way:
            trips, lost = _round_trips(way, bounds.samples, clock)
            if not trips:
                msg = f"{host}:{port}: no round trip came back"
                raise ProbeFailed(msg)
            down_bytes, down = _down(way, bounds, clock)
        with _connected(host, port) as way:
            up_bytes, up = _up(way, bounds, clock)
    except (OSError, EOFError) as failure:
        msg = f"{host}:{port}: {type(failure).__name__} {failure}"
        raise ProbeFailed(msg) from failure
    return Measured(
        samples=bounds.samples,
        lost=lost,
        rtt_median_us=percentile(trips, 50),
        rtt_p95_us=percentile(trips, 95),
        mbps_down=down,
        mbps_up=up,
        moved_bytes=down_bytes + up_bytes,
    )


def percentile(values: Sequence[int], percent: int) -> int:
    """Return the value that `percent` of all do not exceed: the nearest rank, never a mean."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _connected(host: str, port: int) -> socket.socket:
    way = socket.create_connection((host, port), timeout=TIMEOUT_S)
    way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    way.sendall(MAGIC)
    return way


def _round_trips(
    way: socket.socket, samples: int, clock: Callable[[], float]
) -> tuple[list[int], int]:
    """Return each round trip in µs, and how many answers did not come back as they went."""
    found: list[int] = []
    lost = 0
    for _sample in range(samples):
        sent = secrets.token_bytes(ECHO_BYTES)
        began = clock()
        way.sendall(HEAD.pack(ECHO, len(sent)) + sent)
        try:
            back = read_whole(way, len(sent))
        except TimeoutError:
            # What comes late now would be taken for the next answer.
            return found, samples - len(found)
        took_us = max(1, round((clock() - began) * 1_000_000))
        if back == sent:
            found.append(took_us)
        else:
            lost += 1
    return found, lost


def _down(way: socket.socket, bounds: Bounds, clock: Callable[[], float]) -> tuple[int, int]:
    """Return bytes and Mbit/s from the responder."""
    if not bounds.most_bytes:
        return 0, 0
    began, moved = clock(), 0
    way.sendall(HEAD.pack(DOWN, bounds.most_bytes))
    while moved < bounds.most_bytes and clock() - began < bounds.most_seconds:
        piece = way.recv(PIECE_BYTES)
        if not piece:
            raise EOFError
        moved += len(piece)
    return moved, _mbps(moved, clock() - began)


def _up(way: socket.socket, bounds: Bounds, clock: Callable[[], float]) -> tuple[int, int]:
    """Return bytes and Mbit/s to the responder, which counts them.

    As many bytes as fit the seconds, found by doubling: an upload that is cut off is not counted
    by the responder, so none is begun that would not end in time.
    """
    moved, rate, began, length = 0, 0, clock(), min(PIECE_BYTES, bounds.most_bytes)
    while length and moved + length <= bounds.most_bytes:
        sent_at = clock()
        way.sendall(HEAD.pack(UP, length))
        for start in range(0, length, PIECE_BYTES):
            way.sendall(PIECE[: min(PIECE_BYTES, length - start)])
        (counted,) = COUNT.unpack(read_whole(way, COUNT.size))
        if counted != length:
            msg = f"the responder counted {counted} of {length} bytes"
            raise ProbeFailed(msg)
        took, moved = clock() - sent_at, moved + length
        rate = max(rate, _mbps(length, took))
        if clock() - began + 2 * took > bounds.most_seconds:
            break
        length = min(2 * length, bounds.most_bytes - moved)
    return moved, rate


def _mbps(moved_bytes: int, seconds: float) -> int:
    return int(moved_bytes * 8 / max(seconds, 1e-6) / 1_000_000)
