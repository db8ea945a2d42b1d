"""The process connector for real: this machine's processors, a few short jobs."""

import os
import signal
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.adapters.connector import ConnectorFailed, Fenced
from delivery.adapters.process.confinement import why_not
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.process.meter import MISSED_NS, Span, SpanWriter, overlap_us, read_spans
from delivery.adapters.process.places import living_pid
from delivery.domain.handover import JobSpec, MeterWindow
from tests.unit.delivery.process_site import START, VIEW, later, sleepers, until
from timetable.queries import wall_now


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


def test_a_killed_holder_takes_its_jobs_with_it(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    holding = site.holdings.holding(VIEW.base_name, 1)
    site.run_job(VIEW, JobSpec("job-1", ("sleep", "61.5"), 1, 60))
    until(lambda: bool(sleepers("61.5")))

    os.kill(living_pid(holding), signal.SIGKILL)

    until(lambda: not sleepers("61.5"))
    assert not site.inspect(VIEW).alive
    assert site.job_state(VIEW, "job-1").reason == "lost with the hand-over"
    with pytest.raises(ConnectorFailed):
        site.run_job(VIEW, JobSpec("job-2", ("true",), 1, 1))


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


def test_a_machine_that_cannot_confine_takes_no_hand_over(
    settings: Any, site: ProcessConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROCESS_UNISOLATED = False
    monkeypatch.setenv("PATH", "/nowhere")
    why_not.cache_clear()

    with pytest.raises(ConnectorFailed, match="cannot confine jobs"):
        site.ensure(VIEW)

    why_not.cache_clear()
    assert list(site.inventory()) == []
