"""What the agent must not forget, in SQLite: readings on their way, meters, the clock.

A reading is chained and signed when it is metered, so that what waits here cannot be changed
unseen. Whole transactions, synchronous: a reading that was metered survives any death.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gridhour_agent.chain import Reading, link, reading_of, readings_message
from gridhour_agent.identity import Key
from gridhour_agent.wire import Meter

MAX_BYTES = 64 * 1024 * 1024
# Room that readings leave for what is kept beside them.
HEADROOM_BYTES = 1024 * 1024
PAGE = 4_096
SCHEMA = """
CREATE TABLE IF NOT EXISTS chains (
    chain TEXT PRIMARY KEY, head TEXT NOT NULL, length INTEGER NOT NULL, read_until TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS readings (
    chain TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL,
    signature TEXT NOT NULL, PRIMARY KEY (chain, sequence)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meters (handover TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Batch:
    """Readings of one chain on their way, with the last one's hash and signature."""

    chain: str
    first: int
    readings: tuple[Mapping[str, Any], ...]
    head: str
    signature: str


class Spool:
    """One agent's memory; one process writes it."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        """Open the file, made at its first use; it never grows beyond the limit."""
        self.db = sqlite3.connect(path, isolation_level=None, timeout=5)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"page_size={PAGE}"):
            self.db.execute(f"PRAGMA {pragma}")
        self.max_bytes = max_bytes
        self.db.execute(f"PRAGMA max_page_count={(max_bytes + HEADROOM_BYTES) // PAGE}")
        self.db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def follow(self, meters: Sequence[Meter]) -> None:
        """Replace what is to be metered; a chain begun elsewhere goes on where it stands."""
        with self._whole():
            self.db.execute("DELETE FROM meters")
            for meter in meters:
                self.db.execute(
                    "INSERT INTO meters VALUES (?, ?)", (meter.handover, _written(meter))
                )
                self._adopt(meter)

    def _adopt(self, meter: Meter) -> None:
        """Take the platform's place of the chain where ours is behind, or unknown."""
        known = self.place_of(meter.chain)
        if known is None or (known[1] < meter.length and not self._waits(meter.chain)):
            self._place(meter.chain, meter.head, meter.length, meter.read_until)

    def _waits(self, chain: str) -> bool:
        row = self.db.execute("SELECT 1 FROM readings WHERE chain = ? LIMIT 1", (chain,))
        return row.fetchone() is not None

    def place_of(self, chain: str) -> tuple[str, int, datetime] | None:
        """Return head, length and the end of what was read of a chain; None when unknown."""
        row = self.db.execute(
            "SELECT head, length, read_until FROM chains WHERE chain = ?", (chain,)
        ).fetchone()
        return None if row is None else (row[0], row[1], datetime.fromisoformat(row[2]))

    def meters(self) -> list[Meter]:
        """Return what is to be metered, as last heard."""
        rows = self.db.execute("SELECT body FROM meters ORDER BY handover")
        return [Meter.read(json.loads(body)) for (body,) in rows]

    def append(self, chain: str, readings: Sequence[Reading], until: datetime, key: Key) -> bool:
        """Chain, sign and keep readings, and note up to where the chain was read.

        Returns False and keeps nothing when the spool is full.
        """
        known = self.place_of(chain)
        if known is None or self.used_bytes >= self.max_bytes:
            return False
        head, length, _until = known
        try:
            with self._whole():
                for reading in readings:
                    length += 1
                    head = link(head, length, reading)
                    signature = key.sign(readings_message(chain, head))
                    row = (chain, length, json.dumps(reading.written()), head, signature)
                    self.db.execute("INSERT INTO readings VALUES (?, ?, ?, ?, ?)", row)
                self.db.execute(
                    "UPDATE chains SET head = ?, length = ?, read_until = ? WHERE chain = ?",
                    (head, length, until.isoformat(), chain),
                )
        except sqlite3.OperationalError as failure:
            if "full" not in str(failure):
                raise
            return False
        return True

    def batches(self, most: int = 500) -> list[Batch]:
        """Return the first batch that waits of each chain."""
        chains = self.db.execute("SELECT DISTINCT chain FROM readings ORDER BY chain").fetchall()
        return [self._batch(chain, most) for (chain,) in chains]

    def _batch(self, chain: str, most: int) -> Batch:
        rows = self.db.execute(
            "SELECT sequence, body, hash, signature FROM readings WHERE chain = ?"
            " ORDER BY sequence LIMIT ?",
            (chain, most),
        ).fetchall()
        readings = tuple(json.loads(body) for _sequence, body, _hash, _signature in rows)
        return Batch(chain, rows[0][0], readings, rows[-1][2], rows[-1][3])

    def sent(self, batch: Batch) -> None:
        """Forget readings that the platform has stored."""
        self.db.execute(
            "DELETE FROM readings WHERE chain = ? AND sequence < ?",
            (batch.chain, batch.first + len(batch.readings)),
        )

    def set_aside(self, chain: str) -> int:
        """Forget a chain's waiting readings, which the platform will never take; count them."""
        with self._whole():
            gone = self.db.execute("DELETE FROM readings WHERE chain = ?", (chain,)).rowcount
            self.db.execute("DELETE FROM chains WHERE chain = ?", (chain,))
        return gone

    def chain_anew(self, chain: str, key: Key) -> bool:
        """Chain what waits onto the platform's head, as last heard, and sign it again.

        Returns False where the platform has said nothing of the chain.
        """
        meter = next((one for one in self.meters() if one.chain == chain), None)
        if meter is None:
            return False
        rows = self.db.execute(
            "SELECT body FROM readings WHERE chain = ? ORDER BY sequence", (chain,)
        ).fetchall()
        readings = [reading_of(json.loads(body)) for (body,) in rows]
        missing = [one for one in readings if one.interval_start >= meter.read_until]
        until = (self.place_of(chain) or ("", 0, meter.read_until))[2]
        with self._whole():
            self.db.execute("DELETE FROM readings WHERE chain = ?", (chain,))
            self._place(chain, meter.head, meter.length, meter.read_until)
        return self.append(chain, missing, max(until, meter.read_until), key)

    def _place(self, chain: str, head: str, length: int, until: datetime) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO chains VALUES (?, ?, ?, ?)",
            (chain, head, length, until.isoformat()),
        )

    @property
    def backlog(self) -> int:
        """Return how many readings wait."""
        return int(self.db.execute("SELECT count(*) FROM readings").fetchone()[0])

    @property
    def used_bytes(self) -> int:
        """Return how much of the limit is used."""
        pages, free = (
            self.db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count")
        )
        return int(pages - free) * PAGE

    def fact(self, name: str) -> Mapping[str, Any]:
        """Return a kept fact; empty when there is none."""
        row = self.db.execute("SELECT body FROM facts WHERE name = ?", (name,)).fetchone()
        return {} if row is None else json.loads(row[0])

    def keep(self, name: str, body: Mapping[str, Any]) -> None:
        """Keep a fact; a full spool keeps the one before."""
        try:
            self.db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(body)))
        except sqlite3.OperationalError as failure:
            if "full" not in str(failure):
                raise

    def _whole(self) -> "_Transaction":
        return _Transaction(self.db)


class _Transaction:
    """All or nothing, begun by writing, so that a full file is found before anything is kept."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __enter__(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if self.db.in_transaction:
            with closing(self.db.cursor()) as cursor:
                cursor.execute("COMMIT" if kind is None else "ROLLBACK")


def _written(meter: Meter) -> str:
    body = {
        "handover": meter.handover,
        "chain": meter.chain,
        "devices": meter.devices,
        "starts_at": meter.starts_at.isoformat(),
        "ends_at": meter.ends_at.isoformat(),
        "head": meter.head,
        "length": meter.length,
        "read_until": meter.read_until.isoformat(),
    }
    return json.dumps(body)
