"""This machine as a site, as tests use it."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.process.places import start_ticks
from delivery.domain.handover import AllocationView, JobSpec, JobStatus

START = datetime(2026, 12, 1, tzinfo=UTC)
VIEW = AllocationView(
    allocation_id=1,
    base_name="gh-TEST-1",
    external_name="gh-TEST-1-g1",
    generation=1,
    site_code="here",
    pool_code="here-cpu",
    stack="CPU",
    devices=2,
    gflops_per_device=1,
    starts_at=START,
    ends_at=START + timedelta(hours=2),
)


def later(generation: int) -> AllocationView:
    return replace(VIEW, generation=generation, external_name=f"gh-TEST-1-g{generation}")


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run(site: ProcessConnector, name: str, *argv: str, limit: int = 10) -> tuple[JobStatus, str]:
    site.run_job(VIEW, JobSpec(name, argv, 1, limit))
    until(lambda: not site.job_state(VIEW, name).running)
    return site.job_state(VIEW, name), site.job_log(VIEW, name, 0).decode()


def sleepers(argument: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", argument.encode()] and start_ticks(int(path.parent.name)):
            found.append(path.parent.name)
    return found
