"""The hash chain of an allocation's readings: each hash binds all readings before it."""

import hashlib
from collections.abc import Iterable
from datetime import UTC

from delivery.domain.metering import QuarterReading


def genesis(base_name: str) -> str:
    """Return the head of an empty chain; it binds the chain to its agreement."""
    return hashlib.sha256(f"gridhour readings of {base_name}".encode()).hexdigest()


def link(previous_hash: str, sequence: int, reading: QuarterReading) -> str:
    """Return the hash of the reading at its place in the chain."""
    start = reading.interval_start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = (
        f"{previous_hash}|{sequence}|{start}|{reading.version}|"
        f"{reading.delivered_device_seconds}|{reading.unhealthy_device_seconds}|{reading.quality}"
    )
    return hashlib.sha256(text.encode()).hexdigest()


def extend(head: str, length: int, readings: Iterable[QuarterReading]) -> list[str]:
    """Return the hashes of readings appended, in this order, to a chain of `length`."""
    hashes: list[str] = []
    for offset, reading in enumerate(readings, start=1):
        head = link(head, length + offset, reading)
        hashes.append(head)
    return hashes


def signed_message(base_name: str, head: str) -> bytes:
    """Return the bytes that a site signs for a batch."""
    return f"gridhour readings\n{base_name}\n{head}".encode()
