"""Programs of the house that the loads run against."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx

from bench.child import BASE, HOMES

WEB_PROCESSES, WEB_THREADS = 2, 32
START_SECONDS = 60.0
SOCKET = str(HOMES / "engine.sock")
# Set for the processes that shall know of the engine; without it, each keeps the market itself.
WITH_ENGINE = {"ENGINE_SOCKET": SOCKET}


@contextmanager
def running(*command: str, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a program in this checkout, with this Python; return its process number."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=BASE, env={**os.environ, **(environment or {})}
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def web(
    threads: int = WEB_THREADS,
    environment: Mapping[str, str] | None = None,
    application: str = "config.wsgi:application",
) -> Iterator[tuple[int, int]]:
    """Run the web server on a free port; return its process number and the port."""
    port = _free_port()
    command = (
        *("-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "error"),
        *("--workers", str(WEB_PROCESSES), "--blocking-threads", str(threads)),
        *("--port", str(port), application),
    )
    with running(*command, environment=environment) as pid:
        wait_for(lambda: httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code)
        yield pid, port


@contextmanager
def engine() -> Iterator[int]:
    """Run the market's engine; return its process number once it listens at its socket."""
    Path(SOCKET).parent.mkdir(parents=True, exist_ok=True)
    Path(SOCKET).unlink(missing_ok=True)
    with standby() as pid:
        wait_for(lambda: _connect(SOCKET))
        yield pid


def standby() -> AbstractContextManager[int]:
    """Run another engine: it follows the leader until that has gone."""
    return running("manage.py", "run_engine", environment=WITH_ENGINE)


def wait_for(look: Callable[[], object], seconds: float = START_SECONDS) -> None:
    """Look until nothing goes wrong; the last problem is raised when time is up."""
    until = time.monotonic() + seconds
    while True:
        try:
            look()
        except (OSError, httpx.HTTPError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _connect(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.connect(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
