"""The storm: clients trade, engines and PostgreSQL are killed, and then everything is checked."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from config.services.house import doors
from tests.faults.storm.ground import ENGINE, POINTS, Ground, wait_until
from tests.faults.storm.history import Verdict, judge
from tests.faults.storm.killing import Faults
from tests.faults.storm.outages import answered_at, table
from tests.faults.storm.stage import set_stage

SOCKET_PROCESSES, SOCKET_THREADS, HTTP_THREADS = 2, 4, 4
QUIET_S = (0.1, 0.6)
MOST_AWAY_S = 60.0
AGAIN_ANSWERED = 20
BAR = 30
# A server's files, a market and its journal, and a few seconds of what is written.
DISK_MB = 400
READY = "import django; django.setup(); from tests.faults.storm import clients; clients.main(*{})"


@dataclass(frozen=True)
class Kind:
    """The true storm, or a control: other engines, other points, another server's settings."""

    engine: tuple[str, ...] = ENGINE
    points: tuple[str, ...] = POINTS
    settings: tuple[str, ...] = ()
    disk_mb: int = 0


def mutant(name: str) -> tuple[str, ...]:
    """Return the command of a mutated engine."""
    code = f"import django; django.setup(); from tests.faults.storm.mutants import {name}; {name}()"
    return ("-c", code)


KINDS = {
    "true": Kind(),
    "full": Kind(disk_mb=DISK_MB),
    "hasty": Kind(engine=mutant("hasty"), points=("before_turn",)),
    "forgetful": Kind(settings=("synchronous_commit = off", "wal_writer_delay = '10s'")),
}


@dataclass
class Counter:
    """Counts the lines that clients have written, as they come."""

    folder: Path
    read: dict[Path, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def count(self, name: str = "") -> int:
        """Return how many there are of one client, or of all."""
        for file in self.folder.glob("client-*.jsonl"):
            with file.open("rb") as found:
                found.seek(self.read.get(file, 0))
                fresh = found.read()
            self.read[file] = self.read.get(file, 0) + len(fresh)
            self.lines[file.stem] = self.lines.get(file.stem, 0) + fresh.count(b"\n")
        return self.lines.get(f"client-{name}", 0) if name else sum(self.lines.values())


class Storm:
    """Lets clients trade while one fault follows another."""

    def __init__(self, wanted: dict[str, int], seed: int, kind: str) -> None:
        self.kind = KINDS[kind]
        self.ground = Ground(
            seed,
            engine=self.kind.engine,
            points=self.kind.points,
            disk_mb=self.kind.disk_mb,
        )
        self.faults = Faults(self.ground, wanted)
        self.folder = self.ground.places.var / f"storm-{kind}-{seed}"
        self.folder.mkdir()
        self.stop = self.folder / "stop"
        self.answered = Counter(self.folder)
        self.clients: list[subprocess.Popen[bytes]] = []

    def run(self) -> dict[str, Any]:
        """Return the report."""
        ground = self.ground
        settings.ENGINE_SOCKET = str(ground.places.engine_socket)
        ground.open(*self.kind.settings)
        try:
            set_stage(self.folder / "stage.json", ground.seed)
            # What was made until now is on the disk before anything is measured.
            with ground.look() as server:
                server.execute("CHECKPOINT")
            os.sync()
            ground.lead()
            self._open_doors()
            while self._settle() and not self.faults.over:
                self.faults.next()
                self._show()
            sys.stderr.write("\n")
            self._close_doors()
            ground.wait_for_database()
            connections.close_all()
            ground.rest()
            rows = self._rows()
            verdict = judge(rows)
        finally:
            self.stop.touch()
            for client in self.clients:
                client.kill()
            ground.close()
        return self._report(rows, verdict)

    def _open_doors(self) -> None:
        at = doors()
        web = self.ground.spawn(
            *("-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "error"),
            *("--blocking-threads", "8", "--port", str(at.port), "config.wsgi:application"),
        )
        for number in range(SOCKET_PROCESSES):
            self._client(f"s{number}", "socket", SOCKET_THREADS)
        self._client("h", at.address.rstrip("/"), HTTP_THREADS)
        self.clients.append(web)
        wait_until(lambda: self.answered.count("h") and self.answered.count("s0"), 90)

    def _close_doors(self) -> None:
        self.stop.touch()
        for client in self.clients[:-1]:
            client.wait(60)
        self.clients[-1].kill()

    def _client(self, name: str, door: str, threads: int) -> None:
        stage, out = self.folder / "stage.json", self.folder / f"client-{name}.jsonl"
        told = (name, str(stage), str(out), str(self.stop), door, str(threads))
        self.clients.append(self.ground.spawn("-c", READY.format(told)))

    def _settle(self) -> bool:
        """Wait until the market answers again, and a little; False when it does not."""
        before = self.answered.count()
        if not wait_until(lambda: self.answered.count() > before + AGAIN_ANSWERED, MOST_AWAY_S):
            self.faults.wrong.append(f"nobody was answered for {MOST_AWAY_S:.0f} s")
            return False
        time.sleep(self.ground.random.uniform(*QUIET_S))
        return True

    def _show(self) -> None:
        happened = {what: self.faults.happened(what) for what in self.faults.wanted}
        total = sum(self.faults.wanted.values())
        done = sum(min(happened[what], count) for what, count in self.faults.wanted.items())
        told = ", ".join(f"{what} {count}" for what, count in happened.items())
        told += f"; {self.answered.count():,} answered"
        sys.stderr.write(f"\r[{'#' * (BAR * done // total):<{BAR}}] {told}   ")
        sys.stderr.flush()

    def _rows(self) -> list[dict[str, Any]]:
        files = sorted(self.folder.glob("client-*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def _report(self, rows: list[dict[str, Any]], verdict: Verdict) -> dict[str, Any]:
        ended, deaths = answered_at(rows), self.ground.deaths
        verdict.wrong += self.faults.wrong
        return {
            **vars(verdict),
            "seed": self.ground.seed,
            "deaths": [vars(death) for death in deaths],
            "away_s": table(ended, deaths),
            "away_http_s": table(answered_at(rows, "http"), deaths),
            "seconds": round(ended[-1] - ended[0]),
        }


def main(wanted: str, seed: str, kind: str, report: str) -> None:
    """Run a storm and write its report; `kind` is `true`, or a control."""
    found = Storm(json.loads(wanted), int(seed), kind).run()
    Path(report).write_text(json.dumps(found, indent=1))
