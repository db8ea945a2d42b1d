"""The formats, told apart by what their head names; each turns a row into a job."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.traces.job import DemandJob

SECONDS_PER_HOUR = 3600
Row = Mapping[str, str]


def demand_jobs(rows: Iterable[Row]) -> Iterator[DemandJob]:
    """Our own columns: order_id, buyer, submit_time_s, gpu_count, gpu_type_or_any, duration_h."""
    for row in rows:
        chips = row.get("gpu_type_or_any", "any")
        yield DemandJob(
            job_id=row["order_id"],
            buyer=row.get("buyer", "") or "any",
            submit_s=int(float(row["submit_time_s"])),
            devices=int(float(row["gpu_count"])),
            duration_s=round(float(row["duration_h"]) * SECONDS_PER_HOUR),
            chips=() if chips in {"", "any"} else tuple(chips.split("|")),
        )


def alibaba_jobs(rows: Iterable[Row]) -> Iterator[DemandJob]:
    """Alibaba cluster-trace-gpu-v2023 pod lists; pods that share a device count as one."""
    for row in rows:
        if not int(row["num_gpu"] or 0) or not row["deletion_time"]:
            continue
        start = float(row["creation_time"])
        yield DemandJob(
            job_id=row["name"],
            buyer=row.get("qos", "") or "any",
            submit_s=int(start),
            devices=int(row["num_gpu"]),
            duration_s=max(1, int(float(row["deletion_time"]) - start)),
            chips=tuple(filter(None, (row.get("gpu_spec") or "").split("|"))),
        )


def helios_jobs(rows: Iterable[Row]) -> Iterator[DemandJob]:
    """SenseTime Helios cluster logs; CPU-only jobs are passed over."""
    for row in rows:
        if not int(float(row["gpu_num"] or 0)):
            continue
        yield DemandJob(
            job_id=row["job_id"],
            buyer=row.get("vc") or row["user"],
            submit_s=_instant_s(row["submit_time"]),
            devices=int(float(row["gpu_num"])),
            duration_s=max(1, int(float(row["duration"]))),
        )


def philly_jobs(log: Iterable[Mapping[str, Any]]) -> Iterator[DemandJob]:
    """Microsoft Philly `cluster_job_log`: devices and time of the longest attempt."""
    for job in log:
        attempts = [
            (
                sum(len(server["gpus"]) for server in attempt["detail"]),
                _instant_s(attempt["end_time"]) - _instant_s(attempt["start_time"]),
            )
            for attempt in job["attempts"]
            if attempt.get("start_time") and attempt.get("end_time") and attempt.get("detail")
        ]
        if not attempts:
            continue
        devices, duration_s = max(attempts, key=lambda pair: pair[1])
        if devices and duration_s > 0:
            yield DemandJob(
                job_id=job["jobid"],
                buyer=job.get("vc", "any"),
                submit_s=_instant_s(job["submitted_time"]),
                devices=devices,
                duration_s=duration_s,
            )


def _instant_s(text: str) -> int:
    """Return seconds since the epoch of `YYYY-MM-DD HH:MM:SS`, taken as UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


# The columns that tell a CSV format from the others.
CSV_FORMATS = (
    (frozenset({"order_id", "submit_time_s", "gpu_count", "duration_h"}), demand_jobs),
    (frozenset({"num_gpu", "creation_time", "deletion_time"}), alibaba_jobs),
    (frozenset({"job_id", "gpu_num", "submit_time", "duration"}), helios_jobs),
)
