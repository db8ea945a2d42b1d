"""path.http_single_vs_pgbench: durable orders through the API by plain durable inserts."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from accounts.actions import ensure_person, issue_credential
from accounts.queries import members_with
from bench.client import Answers, post_orders
from bench.figures import Figure, Round, Run, figure
from bench.machine import Usage, watched
from bench.place import BASE
from bench.server import postmaster
from config.services.postgres import server_programs
from exchange.window import HOUR, floor_hour
from timetable.queries import market_now

CLIENTS = 32
WEB_PROCESSES, WEB_THREADS = 2, 4
TABLE = (
    "CREATE TABLE IF NOT EXISTS bench_insert (id bigserial PRIMARY KEY,"
    " account bigint NOT NULL, amount bigint NOT NULL, note text NOT NULL)"
)
INSERT = (
    "INSERT INTO bench_insert (account, amount, note) VALUES (:client_id, 1000000, 'one row')\n"
)
MIX = (
    f"resting buy orders of one device and hour, one a request, {CLIENTS} clients with OAuth2"
    f" tokens of 12 members; granian {WEB_PROCESSES} processes x {WEB_THREADS} threads;"
    f" ÷ pgbench single-row inserts at {CLIENTS} clients, one statement a commit"
)


class OrderPath:
    """Both loads on one PostgreSQL server, one right after the other."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.sent = seconds, 0
        self.port, self.tokens = _free_port(), list[str]()
        self.postmaster = postmaster()
        self.web = 0
        self.deliver_from = floor_hour(market_now()) + 26 * HOUR

    def figures(self) -> list[Figure]:
        """Return the empty figure."""
        return [figure("path.http_single_vs_pgbench", "ratio", MIX)]

    @contextmanager
    def open(self) -> Iterator["OrderPath"]:
        """Run the web server, with tokens of all buyers."""
        owner_runs(TABLE)
        web = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
                *("--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS)),
                *("--port", str(self.port), "--log-level", "error", "config.wsgi:application"),
            ],
            cwd=BASE,
        )
        self.web = web.pid
        try:
            self._wait()
            self.tokens = [self._token(member.pk, member.code) for member in members_with("BUYER")]
            self._orders(1.0)
            yield self
        finally:
            web.terminate()
            web.wait(timeout=20)

    def round(self) -> list[Round]:
        """Measure orders, then inserts."""
        return [Round(ours=self._ours(), peer=self._peer())]

    def _ours(self) -> Run:
        taken: list[Answers] = []
        usage = watched(
            lambda: taken.append(self._orders(self.seconds)),
            ours=[os.getpid(), self.postmaster, self.web],
            servers=[self.postmaster, self.web],
        )
        answers = taken[0]
        if not answers.accepted:
            msg = f"orders were refused: {answers.by_status}"
            raise RuntimeError(msg)
        others = {code: count for code, count in answers.by_status.items() if code != 201}
        note = f"not accepted: {others}" if others else ""
        return _rate("orders/s", answers.accepted, answers.seconds, usage, note)

    def _orders(self, seconds: float) -> Answers:
        answers = post_orders(
            port=self.port,
            tokens=self.tokens,
            body=self._body,
            clients=CLIENTS,
            seconds=seconds,
            first=self.sent,
        )
        self.sent += sum(answers.by_status.values()) + CLIENTS
        return answers

    def _body(self, number: int) -> dict[str, object]:
        return {
            "client_order_id": f"bench-{number}",
            "unit": "DEVICES",
            "amount": 1,
            "hours": 1,
            "earliest": self.deliver_from.isoformat(),
            "latest": (self.deliver_from + timedelta(hours=2)).isoformat(),
            "limit_micros": 10_000,
        }

    def _peer(self) -> Run:
        texts: list[str] = []
        usage = watched(
            lambda: texts.append(pgbench(self.seconds)),
            ours=[os.getpid(), self.postmaster, self.web],
            servers=[self.postmaster],
        )
        found = re.search(r"number of transactions actually processed: (\d+)", texts[0])
        rate = re.search(r"tps = ([\d.]+)", texts[0])
        assert found, texts[0]
        assert rate, texts[0]
        count = int(found.group(1))
        return _rate("inserts/s", count, count / float(rate.group(1)), usage)

    def _wait(self) -> None:
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        msg = "the web server did not start"
        raise RuntimeError(msg)

    def _token(self, member_id: int, code: str) -> str:
        person = ensure_person(
            email=f"bench-{code}@gridhour.example",
            password="bench-only-never-printed",  # noqa: S106 - a throw-away database
            full_name="Bench",
            member_code=code,
            role="ADMIN",
            now=market_now(),
        )
        issued = issue_credential(
            member_id=member_id,
            name="bench",
            scopes=["orders"],
            by_person_id=person.pk,
            now=market_now(),
        )
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/oauth/token/",
            data={"grant_type": "client_credentials"},
            auth=(issued.client_id, issued.client_secret),
            timeout=30,
        )
        return str(answer.json()["access_token"])


def owner_runs(statement: str) -> None:
    """Run a statement as the schema's owner and let the application's role use its tables."""
    psql = [str(server_programs() / "psql"), "-q", "-d", os.environ["DATABASE_OWNER_URL"]]
    subprocess.run([*psql, "-c", statement], check=True, stderr=subprocess.DEVNULL)


def pgbench(seconds: float) -> str:
    """Return what pgbench says of single-row inserts at the same number of clients."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "insert.sql"
        script.write_text(INSERT)
        command = [
            *(str(server_programs() / "pgbench"), "-n", "-M", "prepared", "-f", str(script)),
            *("-c", str(CLIENTS), "-j", "2", "-T", str(max(1, round(seconds)))),
            os.environ["DATABASE_OWNER_URL"],
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout


def _rate(unit: str, count: int, seconds: float, usage: Usage, note: str = "") -> Run:
    return Run(
        value=count / seconds,
        unit=unit,
        cpu_us_each=usage.servers_s * 1_000_000 / max(1, count),
        foreign_bp=usage.foreign_bp,
        note=note,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
