"""The agent's Slurm connector against a stand-in for Slurm's programs."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gridhour_agent.connector import (
    ConnectorFailed,
    Fenced,
    Handover,
    JobSpec,
    connector_named,
)
from gridhour_agent.connectors.slurm import SlurmConnector
from gridhour_agent.connectors.slurm_settings import Misconfigured

from tests.unit.agent.site import platform, site_at
from tests.unit.agent.slurm_site import StandIn

ONE = Handover("gh-GH-2026-1-g1", 2, 1, "here-h800")
TWO = replace(ONE, name="gh-GH-2026-1-g2")
OTHER = replace(ONE, name="gh-GH-2026-7-g1")


@pytest.fixture
def slurm(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def site(slurm: StandIn) -> SlurmConnector:
    return slurm.connector()


def ours(slurm: StandIn) -> tuple[list[str], list[str]]:
    told = slurm.look()
    return sorted(told["reservations"]), sorted(told["accounts"])


def test_its_key_leads_to_it(slurm: StandIn) -> None:
    assert isinstance(connector_named("slurm", slurm.state), SlurmConnector)


def test_an_agent_serves_the_platform_by_it(slurm: StandIn) -> None:
    with platform() as (url, reference):
        site = site_at(url, slurm.state, reference.new_code(), connector="slurm")
        site.turns(3)

    outcomes = {row.kind: row.result for row in reference.work.rows}
    assert all(told is not None and told["outcome"] == "DONE" for told in outcomes.values())
    accepted = outcomes["ACCEPT"]
    assert accepted is not None
    assert accepted["measured"]["devices_found"] == 1
    standing = {"handover": "gh-CONFORM-1-g1", "healthy": True, "detail": ""}
    assert reference.heartbeats[-1]["handovers"] == [standing]
    ended = [job for beat in reference.heartbeats for job in beat["jobs"] if not job["running"]]
    assert [job["exit_code"] for job in ended] == [0]


def test_making_twice_is_making_once_also_for_an_agent_that_forgot(
    slurm: StandIn, site: SlurmConnector
) -> None:
    site.ensure(ONE)
    before = slurm.look()
    slurm.connector().ensure(ONE)

    assert slurm.look() == before
    assert ours(slurm) == ([ONE.name], ["gh-gh-2026-1-g1"])
    assert before["accounts"]["gh-gh-2026-1-g1"]["limit"] == "gres/gpu=2"
    assert before["reservations"][ONE.name]["cores"] == 2
    assert slurm.connector().inventory() == [ONE.name]
    assert site.inspect(ONE.name).healthy


def test_whole_nodes_are_reserved_whole(slurm: StandIn, site: SlurmConnector) -> None:
    site.ensure(replace(ONE, devices=8))

    held = slurm.look()["reservations"][ONE.name]
    assert (held["nodes"], held["cores"]) == ("n1,n2", 8)


@pytest.mark.parametrize(("program", "after"), [("sacctmgr", 3), ("sacctmgr", 4), ("scontrol", 2)])
def test_an_answer_that_was_lost_costs_nothing(
    slurm: StandIn, site: SlurmConnector, program: str, after: int
) -> None:
    """What makes the account, the job user, the reservation did so, and its answer went astray."""
    slurm.fault(*[f"{program} well"] * after, f"{program} lost")
    with pytest.raises(ConnectorFailed, match="timed out"):
        site.ensure(ONE)

    site.ensure(ONE)

    assert ours(slurm) == ([ONE.name], ["gh-gh-2026-1-g1"])
    assert site.inspect(ONE.name).healthy
    assert site.accounts.of(ONE.name).user in {"ghj01", "ghj02"}


def test_a_later_generation_ends_the_earlier_and_fences_it_off(
    slurm: StandIn, site: SlurmConnector
) -> None:
    site.ensure(ONE)
    site.ensure(TWO)

    assert ours(slurm) == ([TWO.name], ["gh-gh-2026-1-g2"])
    with pytest.raises(Fenced, match="generation 2"):
        site.ensure(ONE)
    site.release(TWO.name)
    with pytest.raises(Fenced):
        slurm.connector().ensure(ONE)
    assert ours(slurm) == ([], [])


def test_release_may_be_repeated_and_goes_on_where_it_was_cut_off(
    slurm: StandIn, site: SlurmConnector
) -> None:
    site.ensure(ONE)
    site.run_job(ONE.name, JobSpec("job-1", ("sleep", "60"), 1, 60))
    slurm.fault("scontrol fail")
    with pytest.raises(ConnectorFailed, match="Unable to contact"):
        site.release(ONE.name)
    assert site.inventory() == [ONE.name]

    site.release(ONE.name)
    site.release(ONE.name)

    assert ours(slurm) == ([], [])
    assert slurm.look()["jobs"]["1"]["state"] == "CANCELLED"
    assert not site.inspect(ONE.name).alive
    assert site.job_log(ONE.name, "job-1", 0) == b""
    with pytest.raises(ConnectorFailed, match="no job user"):
        site.accept_test(ONE)


def test_jobs_that_do_not_end_keep_the_hand_over(
    slurm: StandIn, site: SlurmConnector, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gridhour_agent.connectors.slurm.END_WAIT_S", 0.1)
    site.ensure(ONE)
    site.run_job(ONE.name, JobSpec("job-1", ("sleep", "60"), 1, 60))
    with slurm.changed() as told:
        told["jobs"]["1"]["stuck"] = True

    with pytest.raises(ConnectorFailed, match="do not end"):
        site.release(ONE.name)
    assert ours(slurm)[0] == [ONE.name]


def test_too_few_nodes_are_taken_back(slurm: StandIn, site: SlurmConnector) -> None:
    with slurm.changed() as told:
        told["nodes"]["n2"] = "DOWN"

    with pytest.raises(ConnectorFailed, match="1 of 2 nodes"):
        site.ensure(replace(ONE, devices=8))
    assert ours(slurm)[0] == []


def test_who_lies_over_a_hand_over_makes_it_ill_and_none_is_made_under_it(
    slurm: StandIn, site: SlurmConnector
) -> None:
    site.ensure(ONE)
    now = int(time.time())
    with slurm.changed() as told:
        whole = {"nodes": "n1", "cores": 4, "start": now, "end": now + 600, "name": "own"}
        told["reservations"]["own"] = whole
    time.sleep(1.1)

    status = site.inspect(ONE.name)
    assert (status.alive, status.healthy) == (True, False)
    assert "n1 is reserved twice: own lies over" in status.detail
    with pytest.raises(ConnectorFailed, match="reserved twice"):
        site.ensure(OTHER)
    assert ours(slurm)[0] == [ONE.name, "own"]


def test_a_reservation_half_over_is_prolonged_and_a_refusal_is_told(
    slurm: StandIn, site: SlurmConnector
) -> None:
    site.ensure(ONE)
    soon = int(time.time()) + 3_600
    with slurm.changed() as told:
        told["reservations"][ONE.name]["end"] = soon
    slurm.fault("scontrol well", "scontrol well", "scontrol fail")

    refused = slurm.connector().inspect(ONE.name)
    slurm.connector().inspect(ONE.name)

    assert refused.healthy
    assert "not prolonged" in refused.detail
    assert slurm.look()["reservations"][ONE.name]["end"] - soon > 2 * 3_600


def test_a_clock_that_is_off_and_a_node_that_is_ill_are_told(
    slurm: StandIn, site: SlurmConnector
) -> None:
    site.ensure(replace(ONE, devices=8))
    with slurm.changed() as told:
        told["skew"], told["nodes"]["n2"] = 90, "MIXED+DRAIN"

    status = slurm.connector().inspect(ONE.name)

    assert not status.healthy
    assert status.detail.startswith("n2 MIXED DRAIN; the site's clock is off by ")


def test_no_hand_over_more_than_job_users(site: SlurmConnector) -> None:
    for name in ("gh-GH-2026-2-g1", "gh-GH-2026-3-g1"):
        site.ensure(replace(ONE, name=name, devices=1))

    with pytest.raises(ConnectorFailed, match="every job user is taken"):
        site.ensure(replace(ONE, devices=1))


@pytest.mark.parametrize("name", ["gh-X;id-g1", "root-g1", "gh-a-g1", "gh-A-1", "../gh-A-g1"])
def test_what_is_no_name_becomes_no_command(
    slurm: StandIn, site: SlurmConnector, name: str
) -> None:
    with pytest.raises(ConnectorFailed, match="not the name"):
        site.ensure(replace(ONE, name=name))
    with pytest.raises(ConnectorFailed, match="not the name"):
        site.release(name)
    assert ours(slurm) == ([], [])


def test_a_pool_that_the_file_does_not_name_is_refused(site: SlurmConnector) -> None:
    with pytest.raises(Misconfigured, match=r"pools\.elsewhere: is missing"):
        site.ensure(replace(ONE, pool="elsewhere"))
    with pytest.raises(ConnectorFailed, match="none"):
        site.ensure(replace(ONE, devices=0))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("fail", "Unable to contact slurm controller"),
        ("hang", "did not answer within"),
        ("drip", "did not answer within"),
        ("flood", "printed more than"),
    ],
)
def test_a_program_that_goes_wrong_is_a_failure_that_says_so(
    slurm: StandIn, site: SlurmConnector, fault: str, words: str
) -> None:
    site.ensure(ONE)
    quick = replace(site.cluster.programs, limit_s=1.0, most_bytes=100_000)
    site.cluster.programs = quick
    slurm.fault(f"sdiag {fault}")
    began = time.monotonic()

    with pytest.raises(ConnectorFailed, match=f"sdiag.*{words}"):
        site.cluster.look_now()

    assert time.monotonic() - began < 5
    assert site.cluster.look_now().unrecorded == 0
