"""A process beside us that is asked in lines of JSON, and the environments of those peers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BASE = Path(__file__).resolve().parent.parent
HOMES = BASE / "var" / "bench"


class PeerMissingError(Exception):
    """A peer cannot be installed or does not start here: its figures are left out."""


class Child:
    """One line asked, one line answered."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def ask(self, **work: object) -> dict[str, Any]:
        """Send one piece of work and wait for what it took."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(work) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Return the next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            msg = f"{self.process.args!r} ended with {self.process.wait()}"
            raise RuntimeError(msg)
        return dict(json.loads(line))


@contextmanager
def child(*command: str) -> Iterator[Child]:
    """Start a process to ask; end it afterwards."""
    process = subprocess.Popen(
        list(command),
        cwd=BASE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    try:
        yield Child(process)
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def peer(name: str, packages: Sequence[str], script: str, *arguments: str) -> Iterator[Child]:
    """Start a peer in an environment of its own and wait until it is ready.

    Refuses with PeerMissingError where it cannot be installed or started.
    """
    python = environment(name, packages)
    with child(str(python), str(BASE / "bench" / "peers" / script), *arguments) as started:
        try:
            started.answer()
        except RuntimeError as problem:
            msg = f"{name} does not start here"
            raise PeerMissingError(msg) from problem
        yield started


def environment(name: str, packages: Sequence[str]) -> Path:
    """Return the Python of a peer's own environment, installed by the first bench."""
    home = HOMES / name
    python = home / "bin" / "python"
    wanted = "\n".join(packages)
    marker = home / "installed"
    if marker.exists() and marker.read_text() == wanted:
        return python
    print(f"  installing {packages[0]} beside us (once)", flush=True)
    install = (str(python), "-m", "pip", "install", "-qqq", "--no-input", *packages)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run(install, check=True, timeout=300)
    except (subprocess.SubprocessError, OSError) as problem:
        msg = f"{packages[0]} cannot be installed here"
        raise PeerMissingError(msg) from problem
    marker.write_text(wanted)
    return python
