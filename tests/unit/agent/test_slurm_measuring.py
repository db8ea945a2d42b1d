"""What the agent's Slurm connector measures: quarters by the records, and the acceptance test."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gridhour_agent.connector import ConnectorFailed, Handover, MeterWindow
from gridhour_agent.connectors.slurm import SlurmConnector

from tests.unit.agent.slurm_site import StandIn

ONE = Handover("gh-GH-2026-1-g1", 2, 1, "here-h800")
OTHER = replace(ONE, name="gh-GH-2026-7-g1")


@pytest.fixture
def slurm(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def site(slurm: StandIn) -> SlurmConnector:
    return slurm.connector()


def quarter(began: float, ended: float) -> MeterWindow:
    start = datetime(2026, 12, 1, tzinfo=UTC)
    return MeterWindow(
        start, datetime.fromtimestamp(began, UTC), datetime.fromtimestamp(ended, UTC)
    )


@pytest.mark.parametrize("program", ["sdiag", "scontrol", "sacctmgr"])
def test_words_that_nobody_knows_are_a_failure_and_no_figure(
    slurm: StandIn, site: SlurmConnector, program: str
) -> None:
    site.ensure(ONE)
    slurm.fault(*[f"{program} babble"] * 3)
    now = time.time()

    with pytest.raises(ConnectorFailed):
        site.read_meter(ONE, [quarter(now - 10, now)])


def test_quarters_are_what_was_held_by_the_records(slurm: StandIn, site: SlurmConnector) -> None:
    site.ensure(ONE)
    now = int(time.time())
    with slurm.changed() as told:
        told["records"][0].update(start=now - 1_000, end=now + 5_000)
        told["reservations"][ONE.name].update(start=now - 1_000, end=now + 5_000)
        told["events"] = [["n1", now - 700, now - 600]]
    windows = [quarter(now - 1_200, now - 800), quarter(now - 800, now - 400)]

    half, ill = site.read_meter(replace(ONE, pool=""), windows)

    assert half is not None
    assert ill is not None
    assert (half.delivered_device_seconds, half.unhealthy_device_seconds) == (900, 0)
    assert (ill.delivered_device_seconds, ill.unhealthy_device_seconds) == (1_350, 450)
    assert site.read_meter(ONE, []) == []
    told_later, *_ = site.read_meter(replace(OTHER, devices=2), windows)
    assert told_later is not None
    assert told_later.delivered_device_seconds == 0


@pytest.mark.parametrize("why", ["unrecorded", "skew", "lost", "unknown", "event"])
def test_records_that_are_not_complete_are_silent(
    slurm: StandIn, site: SlurmConnector, why: str
) -> None:
    site.ensure(ONE)
    now = int(time.time())
    with slurm.changed() as told:
        if why in {"unrecorded", "skew"}:
            told[why] = 100
        elif why == "lost":
            told["reservations"] = {}
        elif why == "unknown":
            told["records"] = []
        else:
            told["events"] = [["n1", now - 10, "Unknown"]]

    assert site.read_meter(ONE, [quarter(now - 10, now)]) == [None]


def test_acceptance_counts_devices_and_cleans_the_folder(
    slurm: StandIn, site: SlurmConnector
) -> None:
    site.ensure(ONE)
    user = site.accounts.of(ONE.name).user
    left, kept = slurm.jobs / user / "earlier", slurm.jobs / user / f"{ONE.name}.job-1.out"
    left.mkdir()
    (left / "secret").write_text("of an earlier buyer")
    kept.write_text("its own")

    measured = site.accept_test(ONE)
    again = site.accept_test(ONE)

    assert (measured.devices_found, again.devices_found) == (2, 2)
    assert measured.gflops_per_device >= 1
    assert measured.evidence["method"] == "GEMM FP32 on the processor"
    assert kept.exists()
    assert not left.exists()


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (["sh", "-c", "echo broken; exit 3"], "ended with 3  broken"),
        (["echo", "{not json"], "printed no figures"),
        (["echo", '{"devices": 2}'], "printed no figures"),
        (["sleep", "60"], "did not end in time: RUNNING"),
    ],
)
def test_an_acceptance_without_figures_is_a_failure(
    slurm: StandIn, probe: list[str], words: str
) -> None:
    file = slurm.state / "slurm.toml"
    text = file.read_text().replace("acceptance_wait_s = 20", "acceptance_wait_s = 1")
    file.write_text(f"probe = {probe!r}\n{text}")
    site = slurm.connector()
    site.ensure(ONE)

    with pytest.raises(ConnectorFailed, match=words):
        site.accept_test(ONE)
    assert site.jobs(ONE.name) == {}


def test_where_no_node_runs_jobs_nothing_is_found(slurm: StandIn, site: SlurmConnector) -> None:
    site.ensure(ONE)
    with slurm.changed() as told:
        told["nodes"]["n1"] = "DOWN*"

    measured = site.accept_test(ONE)

    assert (measured.devices_found, measured.gflops_per_device) == (0, 0)
    assert measured.evidence["nodes_missing"] == {"n1": "DOWN NOT_RESPONDING"}
