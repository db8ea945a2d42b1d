"""The door for shells while a test lasts, and OpenSSH's own client before it."""

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from config import ssh_door

needs_openssh = pytest.mark.skipif(
    not (shutil.which("ssh") and shutil.which("ssh-keygen")),
    reason="OpenSSH's client is not installed: sessions were NOT tried with a real client",
)


@dataclass
class SshClient:
    """A folder with a key, from which the door at a port of this machine is entered."""

    port: int
    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "key"

    def make_key(self) -> str:
        """Make the key; return the line of its public half."""
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)]
        subprocess.run(make, check=True)
        return self.key.with_suffix(".pub").read_text()

    def keep(self, certificate: str) -> None:
        (self.folder / "key-cert.pub").write_text(certificate + "\n")

    def know(self, known_hosts: str) -> None:
        (self.folder / "known").write_text(known_hosts + "\n")

    def ssh(self, name: str, *words: str, options: tuple[str, ...] = ()) -> list[str]:
        known = f"UserKnownHostsFile={self.folder / 'known'}"
        given = ["-F", "/dev/null", "-i", str(self.key), "-p", str(self.port), "-o", known]
        given += ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
        return ["ssh", *given, "-o", "IdentityAgent=none", *options, f"{name}@127.0.0.1", *words]

    def run(self, name: str, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        command = self.ssh(name, *words, options=more.pop("options", ()))
        return subprocess.run(
            command, capture_output=True, text=True, timeout=40, check=False, **more
        )


@contextmanager
def door_for_shells() -> Iterator[int]:
    """Keep the door open in a thread; yield its port. `VAR_DIR` is where its keys are."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    loop = asyncio.new_event_loop()
    door = loop.run_until_complete(ssh_door.open_ssh_door("127.0.0.1", port))
    running = threading.Thread(target=loop.run_forever)
    running.start()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(door.close)
        asyncio.run_coroutine_threadsafe(_settled(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        running.join(20)
        loop.close()
        for _ in range(8):
            ssh_door._threads.submit(connections.close_all).result()


async def _settled() -> None:
    for _ in range(100):
        if not ssh_door._connections:
            return
        await asyncio.sleep(0.05)
