"""metering.accept_and_seal_vs_copy: a day of all sites, checked, stored and sealed ÷ a raw COPY."""

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
from django.db import connection

from bench.figures import Figure, Round, Run, figure
from bench.machine import watched
from bench.metering_supply import QUARTERS_A_DAY, Day, Source, day_of, laid
from bench.server import postmaster
from delivery.actions import seal_due_hours
from delivery.actions.intake import accept_batches
from delivery.actions.readings import Accepted
from delivery.models import Reading, SealedUsage

SITES = 7_000
SITES_AT_ONCE = 1_000
MIX = (
    f"{SITES * QUARTERS_A_DAY:,} readings, {SITES:,} sites × a day at 15 minutes: each batch's"
    " chain and signature checked, validated, stored with keys and foreign keys, its hours sealed;"
    " one connection, a commit a thousand sites ÷ COPY of the same rows into a table without keys"
)
COLUMNS = (
    "allocation_id, batch_id, interval_start, version, sequence, delivered_device_seconds,"
    " unhealthy_device_seconds, quality, previous_hash, hash"
)


class Metering:
    """One connection that takes a day of readings, and copies them raw."""

    def __init__(self, _seconds: float, _mix: str) -> None:
        self.sources: list[Source] = []
        self.day = 0
        self.note = ""
        self.owner: psycopg.Connection
        self.postmaster = postmaster()

    def figures(self) -> list[Figure]:
        """Return the empty figure."""
        return [figure("metering.accept_and_seal_vs_copy", "ratio", MIX)]

    @contextmanager
    def open(self) -> Iterator["Metering"]:
        """Lay the sites and the table to copy into."""
        self.sources, self.starts_at = laid(SITES)
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as self.owner:
            self.owner.execute("ANALYZE")
            self.owner.execute(
                f"CREATE TABLE bench_copy AS SELECT id, {COLUMNS}"  # noqa: S608
                " FROM delivery_reading WITH NO DATA"
            )
            yield self

    def round(self) -> list[Round]:
        """Take the next day, then copy its rows raw."""
        day = day_of(self.sources, self.starts_at + timedelta(days=self.day))
        self.day += 1
        # What waits to be taken is not the taker's to look through for garbage.
        gc.collect()
        gc.freeze()
        self._quiet()
        ours = replace(self._measured(lambda: self._take(day)), note=self.note)
        rows = self._rows(day)
        gc.unfreeze()
        self._quiet()
        peer = self._measured(lambda: self._copy(rows))
        return [Round(ours=ours, peer=peer)]

    def _quiet(self) -> None:
        """Write out what is left to write of what went before: neither side pays for the other."""
        self.owner.execute("CHECKPOINT")

    def _measured(self, work: Callable[[], None]) -> Run:
        seconds: list[float] = []

        def timed() -> None:
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)

        usage = watched(timed, ours=[os.getpid(), self.postmaster], servers=[self.postmaster])
        readings = SITES * QUARTERS_A_DAY
        return Run(
            value=seconds[0],
            unit="s",
            cpu_us_each=usage.ours_s * 1_000_000 / readings,
            foreign_bp=usage.foreign_bp,
        )

    def _take(self, day: Day) -> None:
        """Accept every batch and seal every hour; a refusal or a missing hour ends the run."""
        begun = time.process_time(), time.perf_counter()
        for first in range(0, len(day.batches), SITES_AT_ONCE):
            part = day.batches[first : first + SITES_AT_ONCE]
            for answer in accept_batches(batches=part, now=day.over_at):
                if not isinstance(answer, Accepted):
                    raise answer
        accepted = time.process_time(), time.perf_counter()
        hours = seal_due_hours(now=day.over_at)
        self.note = (
            f"accepted in {accepted[1] - begun[1]:.1f} s, {accepted[0] - begun[0]:.1f} s of them"
            f" in Python; sealed in {time.perf_counter() - accepted[1]:.1f} s"
        )
        if hours != SITES * 24:
            msg = f"{hours} hours sealed, not {SITES * 24}"
            raise RuntimeError(msg)

    def _rows(self, day: Day) -> bytes:
        """Return the day's rows as PostgreSQL itself writes them."""
        since = day.over_at - timedelta(days=1)
        parts: list[bytes] = []
        with (
            connection.cursor() as cursor,
            cursor.copy(
                f"COPY (SELECT id, {COLUMNS} FROM delivery_reading"  # noqa: S608
                " WHERE interval_start >= %s) TO STDOUT",
                [since],
            ) as copy,
        ):
            parts.extend(bytes(part) for part in copy)
        assert Reading.objects.filter(interval_start__gte=since).count() == SITES * QUARTERS_A_DAY
        assert SealedUsage.objects.filter(hour_start__gte=since).count() == SITES * 24
        return b"".join(parts)

    def _copy(self, rows: bytes) -> None:
        with self.owner.cursor() as cursor, cursor.copy("COPY bench_copy FROM STDIN") as copy:
            copy.write(rows)
