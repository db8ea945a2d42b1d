"""Servers, two engines and a web process that come back whenever they are killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections

from config.services.children import Child, die_with_parent, start, wait_until_ready
from config.services.places import places
from config.services.postgres import create_database_and_roles, postgres_program
from config.services.valkey import valkey_program

ROOT = Path(__file__).resolve().parents[3]
POINTS = ("before_turn", "after_match", "before_commit", "after_commit")
LATEST_PASSING = 120
LOOK_S = 0.03


@dataclass
class Engine:
    """A running engine, and where it will end itself if it comes to lead."""

    process: subprocess.Popen[bytes]
    point: str


@dataclass
class Ground:
    """Keeps everything up; `killed` counts by cause what has ended by kill -9."""

    seed: int
    points: bool = True
    command: tuple[str, ...] = ("manage.py", "run_engine")
    engines: list[Engine] = field(default_factory=list)
    killed: dict[str, int] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.places = places()
        for folder in (self.places.logs, self.places.run):
            folder.mkdir(parents=True, exist_ok=True)
        self.log = (self.places.logs / "engines.log").open("ab")

    def open(self) -> None:
        """Start the servers and make a fresh database."""
        self.servers = [start(postgres_program(self.places))]
        wait_until_ready(self.servers[0])
        create_database_and_roles(self.places.pg_port)
        self.servers.append(start(valkey_program(self.places)))
        wait_until_ready(self.servers[1])
        call_command("prepare_database", verbosity=0)
        connections.close_all()

    def lead(self, count: int = 2) -> None:
        """Start engines, and from now on start again whatever ends."""
        self.engines = [self._engine(point="") for _ in range(count)]
        self.keeper = threading.Thread(target=self._keep_up, daemon=True)
        self.keeper.start()
        wait_until(self.places.engine_socket.exists)

    def rest(self) -> None:
        """End the engines: nothing is written any more."""
        self.stopping.set()
        self.keeper.join(30)
        for engine in self.engines:
            engine.process.kill()
            engine.process.wait()

    def close(self) -> None:
        """End everything that was started here."""
        self.rest()
        for child in reversed(self.servers):
            child.stop()
        self.log.close()

    @property
    def environment(self) -> dict[str, str]:
        """Return what every process of this ground is started with."""
        return {**os.environ, "ENGINE_SOCKET": str(self.places.engine_socket)}

    def spawn(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a Python program of the house."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdout=self.log,
            stderr=self.log,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )

    def _engine(self, point: str) -> Engine:
        return Engine(self.spawn(*self.command, GRIDHOUR_FAILPOINT=point), point)

    def _keep_up(self) -> None:
        while not self.stopping.wait(LOOK_S):
            if self.servers[0].ended:
                self._revive_postgres()
            for index, engine in enumerate(self.engines):
                if engine.process.poll() is not None:
                    if engine.point and engine.process.returncode == -signal.SIGKILL:
                        self.count(f"engine {engine.point.partition(':')[0]}")
                    self.engines[index] = self._engine(self._next_point())

    def _next_point(self) -> str:
        if not self.points or self.random.random() < 0.5:
            return ""
        return f"{self.random.choice(POINTS)}:{self.random.randint(1, LATEST_PASSING)}"

    def _revive_postgres(self) -> None:
        self.servers[0].end_session()
        self.servers[0] = start(postgres_program(self.places))
        with suppress(Exception):
            wait_until_ready(self.servers[0])

    def count(self, cause: str) -> None:
        """Count a kill."""
        self.killed[cause] = self.killed.get(cause, 0) + 1

    def kill_leader(self) -> None:
        """Kill the engine that leads, or one that may."""
        pid = self.leader()
        engine = next((e for e in self.engines if e.process.pid == pid), self.engines[0])
        engine.point = ""
        engine.process.kill()
        self.count("engine at random")

    def leader(self) -> int:
        """Return the process number of the engine whose term it is; 0 when nobody tells."""
        try:
            with self.look() as found:
                row = found.execute("SELECT leader FROM marketplace_marketsequence").fetchone()
        except psycopg.Error:
            return 0
        return int(row[0].rpartition(":")[2]) if row and row[0] else 0

    def kill_postgres(self) -> None:
        """Kill the whole server, or the process that serves the leader."""
        if self.random.random() < 0.5:
            pid = self._leaders_backend()
            if pid:
                os.kill(pid, signal.SIGKILL)
                self.count("PostgreSQL backend")
                return
        self.servers[0].process.kill()
        self.count("PostgreSQL")

    def _leaders_backend(self) -> int:
        try:
            with self.look() as found:
                row = found.execute(
                    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
                ).fetchone()
        except psycopg.Error:
            return 0
        # In a user namespace the server counts its processes as we do.
        return int(row[0]) if row else 0

    def look(self) -> psycopg.Connection:
        """Return a connection of the owner's, for looking."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.places.pg_port,
            user="postgres",
            dbname="gridhour",
            autocommit=True,
            connect_timeout=2,
        )

    @property
    def postgres(self) -> Child:
        """Return the server as it runs now."""
        return self.servers[0]


def wait_until(true: Callable[[], object], seconds: float = 60) -> bool:
    """Look until it is so; False when time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(LOOK_S)
    return False
