"""The peer of the order path: pgbench's durable single-row inserts on the same server."""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.services.postgres import server_programs

CLIENTS = 32
TABLE = (
    "CREATE TABLE IF NOT EXISTS bench_insert (id bigserial PRIMARY KEY,"
    " account bigint NOT NULL, amount bigint NOT NULL, note text NOT NULL)"
)
INSERT = (
    "INSERT INTO bench_insert (account, amount, note) VALUES (:client_id, 1000000, 'one row')\n"
)


@dataclass(frozen=True)
class Inserts:
    """What pgbench reports: inserts, each committed alone."""

    count: int
    a_second: float
    latency_ms: float


def make_table() -> None:
    """Make the table that is inserted into."""
    _psql("-c", TABLE)


def inserted(seconds: float) -> Inserts:
    """Insert for so long by 32 clients, prepared, one statement a commit."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "insert.sql"
        script.write_text(INSERT)
        command = [
            *(str(server_programs() / "pgbench"), "-n", "-M", "prepared", "-f", str(script)),
            *("-c", str(CLIENTS), "-j", "2", "-T", str(max(1, round(seconds)))),
            os.environ["DATABASE_OWNER_URL"],
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return read(done.stdout)


def read(text: str) -> Inserts:
    """Read pgbench's report."""
    return Inserts(
        count=int(_found(r"number of transactions actually processed: (\d+)", text)),
        a_second=float(_found(r"tps = ([\d.]+)", text)),
        latency_ms=float(_found(r"latency average = ([\d.]+) ms", text)),
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match.group(1)


def _psql(*arguments: str) -> None:
    psql = [str(server_programs() / "psql"), "-q", "-d", os.environ["DATABASE_OWNER_URL"]]
    subprocess.run([*psql, *arguments], check=True, stderr=subprocess.DEVNULL)
