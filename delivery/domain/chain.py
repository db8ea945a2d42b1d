"""The hash chain of an allocation's readings: each hash binds all readings before it."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from delivery.domain.metering import QuarterReading


def genesis(base_name: str) -> str:
    """Return the head of an empty chain; it binds the chain to its agreement."""
    return hashlib.sha256(f"gridhour readings of {base_name}".encode()).hexdigest()


def link(previous_hash: str, sequence: int, reading: QuarterReading) -> str:
    """Return the hash of the reading at its place in the chain."""
    text = (
        f"{previous_hash}|{sequence}|{instant_said(reading.interval_start)}|{reading.version}|"
        f"{reading.delivered_device_seconds}|{reading.unhealthy_device_seconds}|{reading.quality}"
    )
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=4_096)
def instant_said(start: datetime) -> str:
    """Return the instant as the chain writes it; a day of all sites has 96 of them."""
    return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def extend(head: str, length: int, readings: Iterable[QuarterReading]) -> list[str]:
    """Return the hashes of readings appended, in this order, to a chain of `length`."""
    hashes: list[str] = []
    for sequence, reading in enumerate(readings, start=length + 1):
        head = link(head, sequence, reading)
        hashes.append(head)
    return hashes


def signed_message(base_name: str, head: str) -> bytes:
    """Return the bytes that a site signs for a batch."""
    return f"gridhour readings\n{base_name}\n{head}".encode()
