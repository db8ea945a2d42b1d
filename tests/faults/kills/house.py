"""Servers and the programs of the house, started again whenever they end."""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from config.services.children import Child, Program, start, wait_until_ready
from config.services.house import doors, house_programs
from config.services.places import places
from config.services.postgres import create_database_and_roles, postgres_program
from config.services.valkey import valkey_program
from tests.services.checkout import ROOT

TICK_S = 0.1
FAILPOINTS = "GRIDHOUR_FAILPOINTS"


class House:
    """Web, worker, beat and an agent of one market, without an engine: nothing is traded then."""

    def __init__(self, failpoints: Path, worker: Sequence[str] = ()) -> None:
        """Serve in this checkout's folder; `worker` is the command of a mutant."""
        self.at, self.doors = places(), doors()
        for folder in (self.at.logs, self.at.run):
            folder.mkdir(parents=True, exist_ok=True)
        self.failpoints, self.worker = failpoints, worker
        self.servers: list[Child] = []
        self.wanted: dict[str, Program] = {}
        self.children: dict[str, Child] = {}
        self.restarts: dict[str, int] = {}
        self.closing = threading.Event()
        # The kernel ends a child with the thread that started it, so one thread starts all.
        self.keeper = threading.Thread(target=self._keep, daemon=True)

    def open(self) -> None:
        """Start the servers with a fresh database; programs are started when they are wanted."""
        self.servers = [start(postgres_program(self.at)), start(valkey_program(self.at))]
        for server in self.servers:
            wait_until_ready(server)
        create_database_and_roles(self.at.pg_port)
        call_command("prepare_database", verbosity=0)
        connections.close_all()
        self.keeper.start()

    def run(self) -> None:
        """Want web, worker and beat from now on, and wait for the doors."""
        for program in house_programs(self.at, self.doors):
            if program.name in {"web", "worker", "beat"}:
                self.want(program)
        wait_until(lambda: "web" in self.children and self.wanted["web"].ready(), 60)

    def run_agent(self, state: Path) -> None:
        """Want a site's agent that serves from a folder."""
        command = [sys.executable, "-m", "gridhour_agent", "run", "--state", str(state)]
        self.want(Program("agent", command, self.at.logs / "agent.log", lambda: True))

    def want(self, program: Program) -> None:
        """Keep a program running, with the test's points."""
        known = {name: v for name, v in program.environment.items() if name != "ENGINE_SOCKET"}
        environment = {**known, FAILPOINTS: str(self.failpoints), "PYTHONPATH": str(ROOT)}
        if program.name == "worker" and self.worker:
            program = replace(program, command=self.worker)
        self.wanted[program.name] = replace(program, environment=environment)

    def _keep(self) -> None:
        while not self.closing.wait(TICK_S):
            for name, program in list(self.wanted.items()):
                child = self.children.get(name)
                if child is not None and child.ended:
                    child.end_session()
                    self.restarts[name] = self.restarts.get(name, 0) + 1
                if child is None or child.ended:
                    self.children[name] = start(program)

    def close(self) -> None:
        """End everything that was started here."""
        self.closing.set()
        self.keeper.join(30)
        for child in [*self.children.values(), *reversed(self.servers)]:
            with suppress(ProcessLookupError):
                child.stop()

    def last_words(self) -> str:
        """Return the ends of all logs, for a failure's message."""
        files = sorted(self.at.logs.glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text()[-1_500:]}" for file in files)


def wait_until(true: Callable[[], object], seconds: float) -> bool:
    """Look until it is so; False when time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(TICK_S)
    return False


def mutant(name: str) -> list[str]:
    """Return the command of a worker without one of its guards."""
    code = f"import tests.faults.kills.mutants as m; m.run('{name}')"
    return [sys.executable, "-c", code, *WORKS]


WORKS = ("worker", "--concurrency", "2", "--loglevel", "WARNING")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
