"""Whoever starts a hand-over may be killed in the middle: what comes next makes no second one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from gridhour_agent.connector import Handover
from gridhour_agent.connectors.process import ProcessConnector as AgentsConnector

from delivery.adapters.process import groups
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.process.places import living_pid, write_json
from delivery.domain.handover import JobSpec
from tests.faults.kills.sites import Sites
from tests.services.checkout import ROOT
from tests.unit.delivery.process_site import VIEW, later, sleepers, until

OURS = """
import sys, pathlib, django
django.setup()
from delivery.adapters.process.holdings import Holdings
sys.executable = sys.argv[2]
Holdings(pathlib.Path(sys.argv[1])).ensure("gh-TEST-1", 1)
"""
AGENTS = """
import sys, pathlib
from gridhour_agent.connector import Handover
from gridhour_agent.connectors.process import ProcessConnector
sys.executable = sys.argv[2]
ProcessConnector(pathlib.Path(sys.argv[1])).ensure(Handover("gh-TEST-1-g1"))
"""


def kill_while_it_starts(code: str, folder: Path) -> None:
    """Start a hand-over in a process, and kill that before the holder has said its name."""
    slow = folder / "slow-python"
    slow.write_text(f'#!/bin/sh\ntouch {folder}/starts\nsleep 1\nexec {sys.executable} "$@"\n')
    slow.chmod(0o755)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(slow)],
        env={**environment, "PYTHONPATH": str(ROOT), "PROCESS_UNISOLATED": "true"},
    )
    until((folder / "starts").exists, 60)
    starter.kill()
    starter.wait()


def test_a_worker_killed_while_its_holder_starts_leaves_one_holder(
    site: ProcessConnector, tmp_path: Path
) -> None:
    kill_while_it_starts(OURS, tmp_path)

    adopted = site.ensure(VIEW).adopted
    time.sleep(1.5)

    assert adopted
    assert Sites(tmp_path, tmp_path / "no-agent", None).holders() == ["gh-TEST-1-g1"]


def test_an_agent_killed_while_its_holder_starts_leaves_one_holder(tmp_path: Path) -> None:
    kill_while_it_starts(AGENTS, tmp_path)
    agents = AgentsConnector(tmp_path)

    agents.ensure(Handover("gh-TEST-1-g1"))
    time.sleep(1.5)

    try:
        assert Sites(tmp_path / "no-house", tmp_path, None).holders() == ["gh-TEST-1-g1"]
    finally:
        agents.release("gh-TEST-1-g1")


def test_two_holders_of_one_hand_over_are_seen(site: ProcessConnector, tmp_path: Path) -> None:
    """The control of the tests above: with the name forgotten, a second one is started."""
    site.ensure(VIEW)
    holding = site.holdings.holding(VIEW.base_name, 1)
    first = living_pid(holding)
    holding.holder.unlink()

    site.ensure(VIEW)

    found = Sites(tmp_path, tmp_path / "no-agent", None).holders()
    os.kill(first, signal.SIGKILL)
    assert found == ["gh-TEST-1-g1"] * 2


def left_groups(folder: Path) -> list[Path]:
    return list(groups.ROOT.glob(f"**/{groups.prefix_of(folder)}*"))


def test_what_a_killed_holder_left_is_ended_when_it_is_noticed(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    holding = site.holdings.holding(VIEW.base_name, 1)
    site.run_job(VIEW, JobSpec("job-1", ("sleep", "62.5"), 1, 60))
    until(lambda: bool(sleepers("62.5")))
    os.kill(living_pid(holding), signal.SIGKILL)
    until(lambda: not sleepers("62.5"))

    assert list(site.inventory()) == []

    assert left_groups(holding.folder) == []
    assert not holding.holder.exists()


def test_a_job_of_a_killed_holder_is_lost_under_the_next_one(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    holding = site.holdings.holding(VIEW.base_name, 1)
    site.run_job(VIEW, JobSpec("job-1", ("sleep", "63.5"), 1, 60))
    until(lambda: bool(sleepers("63.5")))
    os.kill(living_pid(holding), signal.SIGKILL)
    until(lambda: not sleepers("63.5"))

    site.ensure(VIEW)

    until(lambda: not site.job_state(VIEW, "job-1").running)
    assert site.job_state(VIEW, "job-1").reason == "lost with the hand-over"


@pytest.mark.parametrize("ended", [{"exit_code": None, "reason": "lost with the hand-over"}, {}])
def test_a_test_that_was_lost_is_made_anew(site: ProcessConnector, ended: dict[str, Any]) -> None:
    site.ensure(VIEW)
    folder = site.holdings.holding(VIEW.base_name, 1).job("acceptance-g1")
    if ended:
        folder.mkdir()
        write_json(folder / "state.json", {"running": False, **ended})
        write_json(folder / "spec.json", {"argv": ["true"], "devices": 1, "time_limit_s": 1})

    measured = site.accept_test(VIEW)

    assert measured.devices_found == 2
    assert site.job_state(VIEW, "acceptance-g1-2").known == bool(ended)


def test_control_without_its_fence_a_site_lets_two_generations_live(
    site: ProcessConnector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was stopped before it asked comes back when the next generation stands."""
    site.ensure(later(2))
    known = type(site.holdings)._generations
    monkeypatch.setattr(
        type(site.holdings), "_generations", lambda self, base: known(self, base)[:1]
    )

    site.ensure(VIEW)

    found = Sites(tmp_path, tmp_path / "no-agent", None).holders()
    monkeypatch.undo()
    site.release("gh-TEST-1-g1")
    assert found == ["gh-TEST-1-g1", "gh-TEST-1-g2"]
