"""Real agents as processes, and a network between them and the platform that can be cut."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from delivery.actions import issue_enrolment_code
from tests.services.checkout import ROOT, wait_until
from tests.world import World
from timetable.queries import wall_now

CODE = "GRIDHOUR_AGENT_CODE"


class Network:
    """A way to one port that can be cut: calls on it break, new ones are refused."""

    def __init__(self, port: int) -> None:
        self.target, self.cut = port, False
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        self.alive: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self) -> None:
        self.cut = True
        for one in list(self.alive):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        self.cut = False

    def close(self) -> None:
        self.lose()
        self.server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _address = self.server.accept()
                if self.cut:
                    caller.close()
                    continue
                try:
                    there = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    caller.close()
                    continue
                for pair in ((caller, there), (there, caller)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        self.alive.add(source)
        with suppress(OSError):
            while piece := source.recv(65_536):
                sink.sendall(piece)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.alive.discard(source)
        source.close()


class AgentProcess:
    """One agent in a folder of state, started and killed as tests say."""

    def __init__(self, state: Path, url: str) -> None:
        self.state, self.url = state, url
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gridhour_agent", *words, "--state", str(self.state)],
            env=self._environment(**environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), **more}

    def enrol(self, world: World, connector: str = "simulated") -> None:
        owner = world.cast.ada
        issued = issue_enrolment_code(
            member_id=owner.id,
            person_id=None,
            site_code=world.west_site.code,
            now=world.now,
            wall=wall_now(),
        )
        joined = self.command("enrol", self.url, "--connector", connector, **{CODE: issued.secret})
        assert joined.returncode == 0, joined.stderr

    def start(self) -> None:
        with (self.state / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gridhour_agent", "run", "--state", str(self.state)],
                env=self._environment(),
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def ended(self, seconds: float = 60) -> int:
        assert self.process is not None
        return self.process.wait(seconds)

    def log(self) -> str:
        return (self.state / "log").read_text()


@contextmanager
def agent_at(state: Path, url: str) -> Iterator[AgentProcess]:
    """An agent in a folder of its own; no process of it stays."""
    state.mkdir(parents=True, exist_ok=True)
    agent = AgentProcess(state, url)
    try:
        yield agent
    finally:
        if agent.process is not None and agent.process.poll() is None:
            agent.kill()


def until(true: Callable[[], bool], agent: AgentProcess, seconds: float = 90) -> None:
    assert wait_until(true, seconds), agent.log()[-3_000:]
