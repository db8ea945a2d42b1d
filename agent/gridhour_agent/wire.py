"""What travels, as frozen shapes; read strictly: a wrong answer is named, not guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class WireBroken(Exception):
    """The other side answered something that the protocol does not have."""


def text(body: Mapping[str, Any], name: str) -> str:
    """Return a string of the body, or raise WireBroken naming it."""
    value = body.get(name)
    if not isinstance(value, str):
        msg = f"{name} is not a string"
        raise WireBroken(msg)
    return value


def whole(body: Mapping[str, Any], name: str) -> int:
    """Return a whole number of the body, or raise WireBroken naming it."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        msg = f"{name} is not a whole number"
        raise WireBroken(msg)
    return value


def instant(body: Mapping[str, Any], name: str) -> datetime:
    """Return an instant with its zone, in UTC, or raise WireBroken naming it."""
    try:
        value = datetime.fromisoformat(text(body, name))
    except ValueError:
        msg = f"{name} is not an instant"
        raise WireBroken(msg) from None
    if value.utcoffset() is None:
        msg = f"{name} has no time zone"
        raise WireBroken(msg)
    return value.astimezone(UTC)


def items(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return a list of objects of the body, or raise WireBroken naming it."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        msg = f"{name} is not a list of objects"
        raise WireBroken(msg)
    return value


def mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object of the body, or raise WireBroken naming it."""
    value = body.get(name)
    if not isinstance(value, dict):
        msg = f"{name} is not an object"
        raise WireBroken(msg)
    return value


@dataclass(frozen=True)
class Command:
    """A command under a lease."""

    command: int
    kind: str
    handover: str
    job: str
    lease: int
    facts: Mapping[str, Any]

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Command":
        """Read one from an answer."""
        return cls(
            whole(body, "command"),
            text(body, "kind"),
            text(body, "handover"),
            text(body, "job"),
            whole(body, "lease"),
            mapping(body, "facts"),
        )


@dataclass(frozen=True)
class Meter:
    """A hand-over to meter: its window in market time, its chain, and where that stands."""

    handover: str
    chain: str
    devices: int
    starts_at: datetime
    ends_at: datetime
    head: str
    length: int
    read_until: datetime

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Meter":
        """Read one from an answer, or from the spool."""
        return cls(
            text(body, "handover"),
            text(body, "chain"),
            whole(body, "devices"),
            instant(body, "starts_at"),
            instant(body, "ends_at"),
            text(body, "head"),
            whole(body, "length"),
            instant(body, "read_until"),
        )
