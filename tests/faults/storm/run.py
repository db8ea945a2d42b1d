"""The storm: clients trade, engines and PostgreSQL are killed, and then everything is checked."""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import connections

from config.services.children import wait_until_ready
from config.services.house import doors
from tests.faults.storm.ground import Ground, wait_until
from tests.faults.storm.history import Verdict, judge
from tests.faults.storm.stage import set_stage

SOCKET_PROCESSES, SOCKET_THREADS, HTTP_THREADS = 3, 4, 2
QUIET_S = (0.2, 1.2)
MOST_AWAY_S = 40.0
BAR = 30
READY = "import django; django.setup(); from tests.faults.storm import clients; clients.main(*{})"
HASTY = ("-c", "import django; django.setup(); from tests.faults.storm.hasty import main; main()")


class Storm:
    """Kills until so many of each have died."""

    def __init__(self, engines: int, servers: int, seed: int, *, hasty: bool) -> None:
        self.ground = Ground(seed, command=HASTY) if hasty else Ground(seed)
        self.wanted = {"engine": engines, "PostgreSQL": servers}
        self.folder = self.ground.places.var
        self.stop = self.folder / "stop"
        self.clients: list[subprocess.Popen[bytes]] = []
        self.fallen: list[tuple[float, str]] = []

    def run(self) -> dict[str, Any]:
        """Return the report."""
        ground = self.ground
        ground.open()
        try:
            set_stage(self.folder / "stage.json")
            ground.lead()
            web = self._open_doors()
            self._kill_on()
            self.stop.touch()
            for client in self.clients:
                client.wait(60)
            web.kill()
            web.wait()
            wait_until(lambda: not ground.postgres.ended)
            wait_until_ready(ground.postgres)
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

    def _open_doors(self) -> subprocess.Popen[bytes]:
        at = doors()
        web = self.ground.spawn(
            *("-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "error"),
            *("--blocking-threads", "4", "--port", str(at.port), "config.wsgi:application"),
        )
        for number in range(SOCKET_PROCESSES):
            self._client(f"s{number}", "socket", SOCKET_THREADS)
        self._client("h", at.address.rstrip("/"), HTTP_THREADS)
        wait_until(lambda: self._acknowledged("h") and self._acknowledged("s0"), 90)
        return web

    def _client(self, name: str, door: str, threads: int) -> None:
        stage, out = self.folder / "stage.json", self.folder / f"client-{name}.jsonl"
        told = (name, str(stage), str(out), str(self.stop), door, str(threads))
        self.clients.append(self.ground.spawn("-c", READY.format(told)))

    def _acknowledged(self, name: str = "*") -> int:
        files = self.folder.glob(f"client-{name}.jsonl")
        return sum(file.read_bytes().count(b"\n") for file in files)

    def _died(self, what: str) -> int:
        return sum(n for cause, n in self.ground.killed.items() if cause.startswith(what))

    def _kill_on(self) -> None:
        while any(self._died(what) < count for what, count in self.wanted.items()):
            before = self._acknowledged()
            wait_until(lambda seen=before: self._acknowledged() > seen + 20, MOST_AWAY_S)
            time.sleep(self.ground.random.uniform(*QUIET_S))
            self._kill_one()
            self._show()
        before = self._acknowledged()
        wait_until(lambda: self._acknowledged() > before + 20, MOST_AWAY_S)
        sys.stderr.write("\n")

    def _kill_one(self) -> None:
        left = {what: count - self._died(what) for what, count in self.wanted.items()}
        choice = [what for what, count in left.items() for _ in range(max(count, 0))]
        what = self.ground.random.choice(choice)
        self.fallen.append((time.time(), what))
        if what == "engine":
            leader = self.ground.leader()
            if any(e.point and e.process.pid == leader for e in self.ground.engines):
                # It ends itself at its named point; if that does not come, it is ended at random.
                died = self._died("engine")
                if wait_until(lambda: self._died("engine") > died, 3):
                    return
            self.ground.kill_leader()
        else:
            self.ground.kill_postgres()

    def _show(self) -> None:
        died = {what: self._died(what) for what in self.wanted}
        total, done = sum(self.wanted.values()), sum(map(min, died.values(), self.wanted.values()))
        bar = "#" * (BAR * done // total)
        told = ", ".join(f"{what} {count}" for what, count in died.items())
        told += f"; {self._acknowledged():,} answered"
        sys.stderr.write(f"\r[{bar:<{BAR}}] {told}   ")
        sys.stderr.flush()

    def _rows(self) -> list[dict[str, Any]]:
        files = sorted(self.folder.glob("client-*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def _report(self, rows: list[dict[str, Any]], verdict: Verdict) -> dict[str, Any]:
        ended = sorted(row["ended"] for row in rows if row["answer"] is not None)
        away: dict[str, list[float]] = {what: [] for what in self.wanted}
        for index, (at, what) in enumerate(self.fallen):
            until = self.fallen[index + 1][0] if index + 1 < len(self.fallen) else ended[-1]
            near = [at, *(moment for moment in ended if at <= moment <= until)]
            gaps = [after - before for before, after in pairwise(near)]
            away[what].append(max(gaps, default=until - at))
        return {
            **asdict(verdict),
            "seed": self.ground.seed,
            "killed": self.ground.killed,
            "away_s": {
                what: [round(statistics.median(found), 2), round(max(found), 2)]
                for what, found in away.items()
                if found
            },
            "entries_a_second": round(len(ended) / max(ended[-1] - ended[0], 1)),
        }


def main(engines: str, servers: str, seed: str, kind: str, report: str) -> None:
    """Run a storm and write its report; `kind` is `true`, or `hasty` for the control."""
    found = Storm(int(engines), int(servers), int(seed), hasty=kind == "hasty").run()
    Path(report).write_text(json.dumps(found, indent=1))
