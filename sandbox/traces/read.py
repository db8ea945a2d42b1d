"""Open a trace file, plain or gzip, find its format, and read its jobs in order."""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from sandbox.traces.formats import CSV_FORMATS, philly_jobs
from sandbox.traces.job import DemandJob, TraceNotUnderstood

DEMAND_COLUMNS = [
    "order_id",
    "buyer",
    "submit_time_s",
    "gpu_count",
    "gpu_type_or_any",
    "duration_h",
]


def opened(path: Path) -> IO[str]:
    """Open a text file, unpacked when its name ends in .gz."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def read_trace(path: Path) -> list[DemandJob]:
    """Return the file's jobs in order of submission, time counted from the first.

    Refuses with TraceNotUnderstood a file that is missing, of no known format,
    without jobs, or with a row that lacks a figure (the row's line is named).
    """
    if not path.is_file():
        raise TraceNotUnderstood(file=path.name, why="there is no such file")
    with opened(path) as file:
        jobs = list(_jobs(path, file))
    if not jobs:
        raise TraceNotUnderstood(file=path.name, why="it holds no job that asks for a device")
    first_s = min(job.submit_s for job in jobs)
    shifted = [replace(job, submit_s=job.submit_s - first_s) for job in jobs]
    return sorted(shifted, key=lambda job: (job.submit_s, job.job_id))


def _jobs(path: Path, file: IO[str]) -> Iterator[DemandJob]:
    if path.name.removesuffix(".gz").endswith(".json"):
        try:
            yield from philly_jobs(json.load(file))
        except (ValueError, KeyError, TypeError) as broken:
            raise TraceNotUnderstood(file=path.name, why=f"not a Philly log: {broken}") from broken
        return
    reader = csv.DictReader(file)
    columns = frozenset(reader.fieldnames or ())
    for wanted, parse in CSV_FORMATS:
        if wanted <= columns:
            try:
                yield from parse(reader)
            except (ValueError, KeyError, TypeError) as broken:
                why = f"line {reader.line_num}: {broken}"
                raise TraceNotUnderstood(file=path.name, why=why) from broken
            return
    why = f"columns {sorted(columns)[:8]} are of no format that we read"
    raise TraceNotUnderstood(file=path.name, why=why)


def write_demand(jobs: Iterable[DemandJob], path: Path) -> int:
    """Write jobs in our own columns; return how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(DEMAND_COLUMNS)
        for job in jobs:
            writer.writerow(
                [
                    job.job_id,
                    job.buyer,
                    job.submit_s,
                    job.devices,
                    "|".join(job.chips) or "any",
                    f"{job.duration_s / 3600:.4f}",
                ]
            )
            count += 1
    return count
