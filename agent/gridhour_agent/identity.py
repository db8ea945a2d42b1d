"""Who the agent is: a key that never leaves the folder of state, and where it belongs."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class NotEnrolled(Exception):
    """The folder of state has no enrolled agent."""


@dataclass(frozen=True)
class Place:
    """Which platform, site and connector the agent is for."""

    url: str
    agent: str
    site: str
    connector: str


class Key:
    """The site's Ed25519 key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        """Hold the key; nothing here writes it out but `kept_in`."""
        self._private = private
        self.public = private.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """Return the signature in hex."""
        return self._private.sign(message).hex()

    @classmethod
    def kept_in(cls, state: Path) -> "Key":
        """Return the folder's key, made at its first use, readable by its owner alone."""
        path = state / "agent.key"
        if not path.exists():
            draft = state / f".agent.key.{os.getpid()}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(Ed25519PrivateKey.generate().private_bytes_raw())
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return cls(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))


def remember_place(state: Path, place: Place) -> None:
    """Write the place down at once, so that nobody reads half of it."""
    draft = state / f".agent.json.{os.getpid()}"
    draft.write_text(json.dumps(asdict(place), indent=1))
    draft.replace(state / "agent.json")


def place_in(state: Path) -> Place:
    """Return where the folder's agent belongs, or raise NotEnrolled."""
    try:
        return Place(**json.loads((state / "agent.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError) as failure:
        msg = f"{state} has no enrolled agent: {failure}"
        raise NotEnrolled(msg) from failure
