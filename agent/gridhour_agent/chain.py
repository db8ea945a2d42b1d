"""The hash chain of readings and what the site signs: the same bytes as on the platform."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gridhour_agent.wire import instant, text, whole


@dataclass(frozen=True)
class Reading:
    """Device-seconds held and healthy in the quarter-hour from `interval_start`."""

    interval_start: datetime
    delivered_device_seconds: int
    unhealthy_device_seconds: int = 0
    version: int = 1
    quality: str = "MEASURED"

    def written(self) -> dict[str, str | int]:
        """Return it as it travels."""
        return {
            "interval_start": self.interval_start.isoformat(),
            "delivered_device_seconds": self.delivered_device_seconds,
            "unhealthy_device_seconds": self.unhealthy_device_seconds,
            "version": self.version,
            "quality": self.quality,
        }


def reading_of(body: Mapping[str, Any]) -> Reading:
    """Return a reading as it was written."""
    return Reading(
        instant(body, "interval_start"),
        whole(body, "delivered_device_seconds"),
        whole(body, "unhealthy_device_seconds"),
        whole(body, "version"),
        text(body, "quality"),
    )


def genesis(chain: str) -> str:
    """Return the head of an empty chain; it binds the chain to its agreement."""
    return hashlib.sha256(f"gridhour readings of {chain}".encode()).hexdigest()


def link(previous: str, sequence: int, reading: Reading) -> str:
    """Return the hash of the reading at its place in the chain."""
    start = reading.interval_start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = (
        f"{previous}|{sequence}|{start}|{reading.version}|{reading.delivered_device_seconds}|"
        f"{reading.unhealthy_device_seconds}|{reading.quality}"
    )
    return hashlib.sha256(told.encode()).hexdigest()


def readings_message(chain: str, head: str) -> bytes:
    """Return the bytes that the site signs for readings up to a head."""
    return f"gridhour readings\n{chain}\n{head}".encode()


def enrolment_message(code: str, public_key: str) -> bytes:
    """Return the bytes that a new agent signs."""
    return f"gridhour agent enrolment\n{code}\n{public_key}".encode()


def credential_message(agent: str, challenge: str) -> bytes:
    """Return the bytes that an agent signs for a fresh credential."""
    return f"gridhour agent credential\n{agent}\n{challenge}".encode()
