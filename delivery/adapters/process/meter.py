"""The meter's memory: stretches of wall time, in a file of fixed records; standard library only."""

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RECORD = struct.Struct("<qqq")  # from, to (nanoseconds of wall time), healthy
TICK_S = 0.1
# A holder that does not tick for longer was not held: it was stopped, starved or dead.
MISSED_NS = 2_000_000_000


@dataclass(frozen=True)
class Span:
    """Devices held without a break; healthy or not."""

    from_ns: int
    to_ns: int
    healthy: bool


class SpanWriter:
    """Lengthens the last stretch at each tick, or begins a new one after a break."""

    def __init__(self, path: Path) -> None:
        """Open the file; earlier stretches stay."""
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self.offset = os.fstat(self.descriptor).st_size // RECORD.size * RECORD.size
        self.span: Span | None = None

    def tick(self, now_ns: int, *, healthy: bool) -> None:
        """Say that the devices are held now."""
        last = self.span
        goes_on = (
            last is not None and last.healthy == healthy and 0 <= now_ns - last.to_ns <= MISSED_NS
        )
        if last is None or not goes_on:
            self.offset += RECORD.size if last is not None else 0
            last = Span(now_ns, now_ns, healthy)
        self.span = Span(last.from_ns, now_ns, healthy)
        os.pwrite(self.descriptor, RECORD.pack(last.from_ns, now_ns, int(healthy)), self.offset)


def read_spans(path: Path) -> list[Span]:
    """Return all stretches; none when nothing was held."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    whole = len(content) // RECORD.size * RECORD.size
    return [Span(a, b, bool(ok)) for a, b, ok in RECORD.iter_unpack(content[:whole])]


def overlap_us(spans: Sequence[Span], from_ns: int, to_ns: int, *, healthy: bool) -> int:
    """Return how long, in microseconds, stretches of a kind cover the wall time asked for."""
    covered = sum(
        max(0, min(span.to_ns, to_ns) - max(span.from_ns, from_ns))
        for span in spans
        if span.healthy == healthy
    )
    return covered // 1_000
