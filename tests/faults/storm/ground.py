"""Servers and two engines that come back whenever they are killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections

from config.services.children import Child, Program, die_with_parent, start, wait_until_ready
from config.services.places import places
from config.services.postgres import create_database_and_roles, postgres_program
from config.services.valkey import valkey_program

ROOT = Path(__file__).resolve().parents[3]
POINTS = ("before_turn", "after_match", "before_commit", "after_commit")
LATEST_PASSING = 120
LOOK_S = 0.02
DATABASE, PRISTINE = "gridhour", "gridhour_pristine"
ENGINE = ("manage.py", "run_engine")
LEADER = "SELECT leader FROM marketplace_marketsequence"
LEADERS_BACKEND = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
# What a standby asks for all the time.
STANDS_BY = """
SELECT count(*) FROM pg_stat_activity WHERE usename = 'gridhour_app'
AND (query LIKE '%pg_try_advisory_lock%' OR query LIKE '%CROSS JOIN marketplace_marketsequence%'
     OR query LIKE 'SELECT%marketplace_journalbatch%')
"""


@dataclass
class Engine:
    """A running engine, and where it will end itself when it leads."""

    process: subprocess.Popen[bytes]
    point: str


@dataclass(frozen=True)
class Death:
    """When what ended by which signal; whether a standby waited then."""

    at: float
    cause: str
    stood_by: bool


@dataclass
class Ground:
    """Keeps everything up from `open` to `close`; notes what has died."""

    seed: int
    # A control runs other engines.
    engine: tuple[str, ...] = ENGINE
    points: tuple[str, ...] = POINTS
    # Megabytes of a disk of its own for PostgreSQL; 0: the machine's.
    disk_mb: int = 0
    engines: list[Engine] = field(default_factory=list)
    servers: list[Child] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    resting: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    stood_by: bool = False

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.places = places()
        for folder in (self.places.logs, self.places.run):
            folder.mkdir(parents=True, exist_ok=True)
        self.log = (self.places.logs / "engines.log").open("ab")
        # The kernel ends a child with the thread that started it, so one thread starts all.
        self.keeper = threading.Thread(target=self._keep_up, daemon=True)

    def open(self, *settings: str) -> None:
        """Start the servers, `settings` changed, with a fresh database."""
        if self.disk_mb:
            # Beside the disk of the other storms, whose database is not copied.
            self.disk.mkdir(exist_ok=True)
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={self.disk_mb}m", "tmpfs", str(self.disk)],
                check=True,
            )
        self.servers = [start(postgres_program(self.places)), start(valkey_program(self.places))]
        for server in self.servers:
            wait_until_ready(server)
        create_database_and_roles(self.places.pg_port)
        with self.look("postgres") as server_itself:
            server_itself.execute("ALTER SYSTEM RESET ALL")
            for setting in settings:
                server_itself.execute(f"ALTER SYSTEM SET {setting}")  # type: ignore[arg-type]
            server_itself.execute("SELECT pg_reload_conf()")
            self._make_database(server_itself)
        self.keeper.start()

    def _make_database(self, server: psycopg.Connection) -> None:
        """Prepare a database once, and copy it for everybody."""
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [PRISTINE])
        source, target = DATABASE, PRISTINE
        if found.fetchone():
            server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
            source, target = PRISTINE, DATABASE
        else:
            call_command("prepare_database", verbosity=0)
        connections.close_all()
        server.execute(f"CREATE DATABASE {target} TEMPLATE {source}")

    def lead(self, count: int = 2) -> None:
        """Start engines, and from now on start again whatever ends."""
        self.engines = [self._engine(point="") for _ in range(count)]
        wait_until(self.places.engine_socket.exists)

    def rest(self) -> None:
        """End the engines: nothing is written any more."""
        self.resting.set()
        wait_until(lambda: not self.engines, 30)

    def close(self) -> None:
        """End everything that was started here."""
        self.closing.set()
        self.keeper.join(30)
        self._end_engines()
        for server in reversed(self.servers):
            server.stop()
        if self.disk_mb:
            subprocess.run(["umount", str(self.disk)], check=True)
        self.log.close()

    @property
    def disk(self) -> Path:
        """Return where PostgreSQL keeps everything."""
        return self.places.var / "postgres"

    def spawn(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a Python program of the house."""
        market = {"ENGINE_SOCKET": str(self.places.engine_socket)}
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, **market, **environment},
            stdout=self.log,
            stderr=self.log,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )

    def _engine(self, point: str) -> Engine:
        return Engine(self.spawn(*self.engine, GRIDHOUR_FAILPOINT=point), point)

    def _keep_up(self) -> None:
        while not self.closing.wait(LOOK_S):
            if self.servers[0].ended:
                self._revive(0, postgres_program(self.places))
            if self.servers[1].ended:
                self._revive(1, valkey_program(self.places))
            if self.resting.is_set():
                self._end_engines()
                continue
            for index, engine in enumerate(self.engines):
                if engine.process.poll() is not None:
                    if engine.point and engine.process.returncode == -signal.SIGKILL:
                        self.note(f"engine, {engine.point.partition(':')[0]}")
                    self.engines[index] = self._engine(self._next_point())
            self.stood_by = bool(self.ask(STANDS_BY))

    def _end_engines(self) -> None:
        for engine in self.engines:
            engine.process.kill()
            engine.process.wait()
        self.engines = []

    def _next_point(self) -> str:
        if not self.points or self.random.random() < 0.5:
            return ""
        return f"{self.random.choice(self.points)}:{self.random.randint(1, LATEST_PASSING)}"

    def _revive(self, which: int, program: Program) -> None:
        self.servers[which].end_session()
        self.servers[which] = start(program)
        with suppress(Exception):
            wait_until_ready(self.servers[which])

    def note(self, cause: str) -> None:
        """Note that something has died."""
        self.deaths.append(Death(time.time(), cause, self.stood_by))

    def died(self, what: str) -> int:
        """Return how many deaths there were whose cause begins with this."""
        return sum(death.cause.startswith(what) for death in self.deaths)

    def leader(self) -> Engine | None:
        """Return the engine whose term it is; None when nobody tells."""
        told = str(self.ask(LEADER) or "")
        pid = int(told.rpartition(":")[2] or 0)
        return next((e for e in list(self.engines) if e.process.pid == pid), None)

    def ask(self, query: str) -> object:
        """Return the one figure that the owner's query gives; None when the server is away."""
        with suppress(psycopg.Error), self.look() as found:
            row = found.execute(query).fetchone()  # type: ignore[arg-type]
            return row[0] if row else None
        return None

    @contextmanager
    def look(self, database: str = DATABASE) -> Iterator[psycopg.Connection]:
        """Open a connection of the owner's, for looking."""
        with psycopg.connect(
            host="127.0.0.1",
            port=self.places.pg_port,
            user="postgres",
            dbname=database,
            autocommit=True,
            connect_timeout=2,
        ) as connection:
            yield connection

    def wait_for_database(self) -> None:
        """Wait until PostgreSQL runs and answers."""
        wait_until(lambda: not self.servers[0].ended)
        wait_until_ready(self.servers[0])


def wait_until(true: Callable[[], object], seconds: float = 60) -> bool:
    """Look until it is so; False when time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(LOOK_S)
    return False
