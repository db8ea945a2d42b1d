"""The process connector for real: this machine's processors, a few short jobs."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.adapters.connector import ConnectorFailed, Fenced
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.process.meter import MISSED_NS, Span, SpanWriter, overlap_us, read_spans
from delivery.adapters.process.places import living_pid, start_ticks
from delivery.domain.handover import AllocationView, JobSpec, JobStatus, MeterWindow
from timetable.queries import wall_now

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


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Iterator[ProcessConnector]:
    settings.VAR_DIR = tmp_path
    site = ProcessConnector()
    yield site
    for name in site.inventory():
        site.release(name)


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run(site: ProcessConnector, name: str, *argv: str, limit: int = 10) -> tuple[JobStatus, str]:
    site.run_job(VIEW, JobSpec(name, argv, 1, limit))
    until(lambda: not site.job_state(VIEW, name).running)
    return site.job_state(VIEW, name), site.job_log(VIEW, name, 0).decode()


def test_a_hand_over_is_made_once_and_adopted_by_name(site: ProcessConnector) -> None:
    first = site.ensure(VIEW)
    pid = living_pid(site.holdings.holding(VIEW.base_name, 1))
    second = ProcessConnector().ensure(VIEW)

    assert (first.adopted, second.adopted) == (False, True)
    assert living_pid(site.holdings.holding(VIEW.base_name, 1)) == pid
    assert list(site.inventory()) == ["gh-TEST-1-g1"]


def test_a_later_generation_ends_the_earlier_and_fences_it_off(site: ProcessConnector) -> None:
    site.ensure(VIEW)

    site.ensure(later(3))

    assert list(site.inventory()) == ["gh-TEST-1-g3"]
    with pytest.raises(Fenced):
        site.ensure(later(2))
    assert list(site.inventory()) == ["gh-TEST-1-g3"]


def test_a_job_really_runs_and_its_time_is_counted(site: ProcessConnector) -> None:
    site.ensure(VIEW)

    status, output = run(site, "job-1", "python3", "-c", "print(sum(range(10**5)))")

    assert (status.exit_code, output) == (0, "4999950000\n")
    assert status.cpu_ms is not None


def test_a_job_is_started_once(site: ProcessConnector) -> None:
    site.ensure(VIEW)

    run(site, "job-1", "echo", "first")
    _status, output = run(site, "job-1", "echo", "second")

    assert output == "first\n"


def test_a_failing_job_says_how(site: ProcessConnector) -> None:
    site.ensure(VIEW)

    assert run(site, "job-1", "sh", "-c", "exit 3")[0].exit_code == 3
    status, output = run(site, "job-2", "no-such-program")

    assert status.exit_code not in {0, None}
    assert "no-such-program" in output


def test_a_job_ends_at_its_time_limit(site: ProcessConnector) -> None:
    site.ensure(VIEW)

    status, _output = run(site, "job-1", "sleep", "60", limit=1)

    assert status.reason == "time limit"
    assert status.exit_code == -signal.SIGKILL


def test_a_job_is_cancelled(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    site.run_job(VIEW, JobSpec("job-1", ("sleep", "60"), 1, 60))
    until(lambda: (site.holdings.holding(VIEW.base_name, 1).job("job-1") / "state.json").exists())

    site.cancel_job(VIEW, "job-1")

    until(lambda: not site.job_state(VIEW, "job-1").running)
    assert site.job_state(VIEW, "job-1").reason == "cancelled"


@pytest.mark.skipif(os.geteuid() != 0, reason="confinement by account needs root")
def test_a_job_is_nobody_and_sees_neither_network_nor_our_files(
    site: ProcessConnector, tmp_path: Path
) -> None:
    if site.holdings.mode != "own-account":
        pytest.skip(f"this machine confines by {site.holdings.mode}")
    (tmp_path / "secret").write_text("books")
    site.ensure(VIEW)
    script = f"id -u; cat {tmp_path}/secret; cat /proc/net/route | wc -l; pwd; ls -ld ."

    _status, output = run(site, "job-1", "sh", "-c", script)

    lines = output.splitlines()
    assert int(lines[0]) >= 200_000
    assert "books" not in output
    assert "drwx------" in lines[-1]
    _status, network = run(
        site, "job-2", "python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 1))"
    )
    assert "unreachable" in network


def test_a_killed_holder_takes_its_jobs_with_it(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    holding = site.holdings.holding(VIEW.base_name, 1)
    site.run_job(VIEW, JobSpec("job-1", ("sleep", "61.5"), 1, 60))
    until(lambda: bool(_sleepers("61.5")))

    os.kill(living_pid(holding), signal.SIGKILL)

    until(lambda: not _sleepers("61.5"))
    assert not site.inspect(VIEW).alive
    assert site.job_state(VIEW, "job-1").reason == "lost with the hand-over"
    with pytest.raises(ConnectorFailed):
        site.run_job(VIEW, JobSpec("job-2", ("true",), 1, 1))


def _sleepers(argument: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", argument.encode()] and start_ticks(int(path.parent.name)):
            found.append(path.parent.name)
    return found


def test_a_holder_ends_when_nobody_renews_its_lease(site: ProcessConnector, settings: Any) -> None:
    settings.PROCESS_LEASE_S = 0
    site.ensure(VIEW)
    holding = site.holdings.holding(VIEW.base_name, 1)

    until(lambda: not living_pid(holding))

    assert list(site.inventory()) == []


def test_the_acceptance_test_measures_this_machine(site: ProcessConnector) -> None:
    site.ensure(VIEW)

    measured = site.accept_test(VIEW)

    assert measured.devices_found == 2
    assert measured.gflops_per_device >= 1
    assert measured.evidence["method"] == "GEMM FP32"


def test_the_meter_counts_time_held_and_not_processor_time(site: ProcessConnector) -> None:
    before = wall_now()
    site.ensure(VIEW)
    until(lambda: site.inspect(VIEW).healthy)
    began = wall_now()
    time.sleep(0.5)
    now = wall_now()

    idle, half, none = site.read_meter(
        VIEW,
        [
            MeterWindow(START, began, now),
            MeterWindow(START, began - (now - began), now),
            MeterWindow(START, before - timedelta(seconds=2), before - timedelta(seconds=1)),
        ],
    )

    assert idle is not None
    assert half is not None
    assert none is not None
    assert idle.delivered_device_seconds >= 2 * 900 * 9 // 10
    assert half.delivered_device_seconds <= idle.delivered_device_seconds
    assert none.delivered_device_seconds == 0


def test_a_holder_that_is_stopped_is_not_held(site: ProcessConnector, tmp_path: Path) -> None:
    spans = tmp_path / "spans"
    writer = SpanWriter(spans)
    second = 1_000_000_000

    for at in (0, second, 2 * second):
        writer.tick(at, healthy=True)
    writer.tick(10 * second + MISSED_NS, healthy=True)
    writer.tick(13 * second, healthy=False)

    stretches = read_spans(spans)
    assert stretches[0] == Span(0, 2 * second, healthy=True)
    assert overlap_us(stretches, second, 9 * second, healthy=True) == 1_000_000
    assert [span.healthy for span in stretches] == [True, True, False]


def test_a_name_that_is_no_folder_is_refused(site: ProcessConnector) -> None:
    with pytest.raises(ConnectorFailed):
        site.ensure(replace(VIEW, base_name="../../etc"))
