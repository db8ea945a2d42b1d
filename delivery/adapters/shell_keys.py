"""Keys of the door for shells: its authority for certificates, and its own; kept in files."""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncssh
from django.conf import settings

from delivery.domain.refusals import KeyKindRefused, KeyRefused, PrivateKeyGiven

ALGORITHMS = frozenset(
    {
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)
MOST_KEY_CHARACTERS = 2_000
# As OpenSSH, OpenSSL and PuTTY begin a private key; the last one is its head in base64.
PRIVATE = re.compile(r"BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File|b3BlbnNzaC1rZXktdjE")


def kept_key(name: str) -> asyncssh.SSHKey:
    """Return a key of the door by name, made at its first use; two processes agree on one file."""
    folder = Path(settings.VAR_DIR) / "door-keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        draft = folder / f".{name}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return asyncssh.read_private_key(str(path))


def authority() -> asyncssh.SSHKey:
    """Return the key that signs certificates."""
    return kept_key("authority")


def host_key() -> asyncssh.SSHKey:
    """Return the key by which the door is known."""
    return kept_key("host")


@dataclass(frozen=True)
class Presented:
    """A public key that somebody wants certified."""

    key: asyncssh.SSHKey

    @property
    def fingerprint(self) -> str:
        """Return its SHA-256 fingerprint as OpenSSH writes it."""
        return self.key.get_fingerprint()

    def certified(self, name: str, since: datetime, until: datetime) -> str:
        """Return a certificate for one session: for a shell and nothing beside it."""
        certificate = authority().generate_user_certificate(
            self.key,
            name,
            principals=[name],
            valid_after=since,
            valid_before=until,
            permit_x11_forwarding=False,
            permit_agent_forwarding=False,
            permit_port_forwarding=False,
            permit_user_rc=False,
        )
        return certificate.export_certificate("openssh").decode().strip()


def presented(text: str) -> Presented:
    """Read one line of a public key.

    Refuses private keys, RSA and DSA, and what is no key, with a KeyRefused of its own each.
    """
    if PRIVATE.search(text):
        raise PrivateKeyGiven
    if len(text) > MOST_KEY_CHARACTERS or "\n" in text.strip():
        raise KeyRefused
    try:
        key = asyncssh.import_public_key(text.strip())
    except (asyncssh.KeyImportError, ValueError) as bad:
        raise KeyRefused from bad
    algorithm = key.get_algorithm()
    if algorithm not in ALGORITHMS:
        raise KeyKindRefused(kind=algorithm)
    return Presented(key)


def known_hosts_line(door: str) -> str:
    """Return the line by which OpenSSH knows the door at HOST:PORT."""
    host, _, port = door.rpartition(":")
    return f"[{host}]:{port} {host_key().export_public_key('openssh').decode().strip()}"
