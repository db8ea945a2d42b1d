"""A checkout of its own for each test: data and ports that nobody else uses."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 60
PORT_RANGE = (10_000, 32_000)
given_ports: set[int] = set()
PORTS = (
    "GRIDHOUR_PG_PORT",
    "GRIDHOUR_VALKEY_PORT",
    "GRIDHOUR_PORT",
    "GRIDHOUR_EVENTS_PORT",
    "GRIDHOUR_STRIPE_PORT",
    "GRIDHOUR_DOOR_PORT",
    "GRIDHOUR_SSH_PORT",
)


def free_port() -> int:
    """Return a port that nobody listens at, and that is given to nobody else here.

    Below those that the system lends to outgoing connections: a server that was killed must find
    its port free when it comes back.
    """
    while True:
        port = random.randrange(*PORT_RANGE)
        if port not in given_ports and not _listens(port):
            given_ports.add(port)
            return port


@dataclass
class Checkout:
    """Runs `manage.py` with its own folder and ports, and sees what it leaves behind."""

    var: Path
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in PORTS})
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def python(self) -> list[str]:
        """Return how a command of this checkout begins."""
        return [sys.executable, "manage.py"]

    @property
    def environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL", "DATABASE_OWNER_URL"}
        }
        ports = {name: str(port) for name, port in self.ports.items()}
        return {**inherited, **ports, "GRIDHOUR_VAR": str(self.var)}

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.python, *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        with (self.var / "test.log").open("a") as log:
            process = subprocess.Popen(
                [*self.python, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def log(self) -> str:
        log = self.var / "test.log"
        return log.read_text() if log.exists() else ""

    def sql(self, statement: str) -> str:
        result = self.manage("services", "psql", statement)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def is_up(self) -> bool:
        return (self.var / "run" / "ready").exists()

    def processes(self) -> dict[int, str]:
        """Return the living processes of this checkout: they carry its folder in their environment.

        Valkey writes its title over that, with its port.
        """
        mark = f"GRIDHOUR_VAR={self.var}".encode()
        title = f"127.0.0.1:{self.ports['GRIDHOUR_VALKEY_PORT']}"
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == os.getpid():
                continue
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if title in command or mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = command
            except OSError:
                continue
        return found

    def process(self, word: str) -> int:
        return next(pid for pid, command in sorted(self.processes().items()) if word in command)

    def kill(self, word: str) -> bool:
        """Kill the process whose command holds the word, and no child of it; tell whether so."""
        found = {pid for pid, command in self.processes().items() if word in command}
        first = [pid for pid in found if parent_of(pid) not in found]
        if first:
            os.kill(first[0], signal.SIGKILL)
        return bool(first)

    def open_ports(self) -> list[str]:
        return [name for name, port in self.ports.items() if _listens(port)]

    def leaves_nothing(self) -> bool:
        return not self.processes() and not self.open_ports()

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(WAIT_SECONDS)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)


def parent_of(pid: int) -> int:
    """Return the number of a process's parent; 0 when it is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(told.rpartition(")")[2].split()[1])


def wait_until(true: Callable[[], bool], seconds: float = WAIT_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def open_checkout() -> Iterator[Checkout]:
    """A checkout whose folder every account can reach, gone at the end with all it started."""
    folder = Path(tempfile.mkdtemp(prefix="gridhour-"))
    folder.chmod(0o755)
    here = Checkout(folder)
    try:
        yield here
    finally:
        here.end()
        shutil.rmtree(folder)
