"""The commands: joining, running, and telling how it is."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from gridhour_agent.client import Doors, Session
from gridhour_agent.commands import BUSY, CODE_VARIABLE, FAILED, FENCED, WELL, main
from gridhour_agent.identity import Key, place_in

from tests.unit.agent.site import platform


def joined(url: str, code: str, state: Path, monkeypatch: Any) -> int:
    monkeypatch.setenv(CODE_VARIABLE, code)
    return main(["enrol", url, "--state", str(state), "--connector", "simulated"])


def test_an_agent_joins_runs_and_says_how_it_is(
    tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    state = tmp_path / "state"
    with platform() as (url, reference):
        assert joined(url, reference.new_code(), state, monkeypatch) == WELL
        assert main(["status", "--state", str(state)]) == FAILED
        assert main(["run", "--state", str(state), "--turns", "2"]) == WELL
        capsys.readouterr()
        assert main(["status", "--state", str(state)]) == WELL

    told = json.loads(capsys.readouterr().out)
    assert (told["site"], told["backlog_readings"], told["last_turn"]["error"]) == (
        "conform",
        0,
        "",
    )
    assert state.stat().st_mode & 0o777 == 0o700


def test_a_wrong_code_a_strange_connector_and_an_empty_folder_are_failures(
    tmp_path: Path, monkeypatch: Any
) -> None:
    with platform() as (url, reference):
        assert joined(url, "wrong", tmp_path / "a", monkeypatch) == FAILED
        monkeypatch.setenv(CODE_VARIABLE, reference.new_code())
        strange = ["enrol", url, "--state", str(tmp_path / "b"), "--connector", "no:Such"]
        assert main(strange) == FAILED
    assert main(["run", "--state", str(tmp_path)]) == FAILED
    assert main(["status", "--state", str(tmp_path)]) == FAILED


def test_two_programs_on_one_folder_are_one_too_many(tmp_path: Path, monkeypatch: Any) -> None:
    with platform() as (url, reference):
        joined(url, reference.new_code(), tmp_path, monkeypatch)
        with (tmp_path / "lock").open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert main(["run", "--state", str(tmp_path), "--turns", "1"]) == BUSY


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_program_stops_when_told(tmp_path: Path, monkeypatch: Any, number: int) -> None:
    with platform() as (url, reference):
        joined(url, reference.new_code(), tmp_path, monkeypatch)
        with _running(tmp_path) as program:
            _until(lambda: bool(reference.heartbeats))
            program.send_signal(number)

            assert program.wait(20) == WELL


def test_a_program_that_is_fenced_off_ends_and_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    with platform() as (url, reference):
        joined(url, reference.new_code(), tmp_path, monkeypatch)
        with _running(tmp_path) as program:
            _until(lambda: bool(reference.heartbeats))
            Session(Doors(url), Key.kept_in(tmp_path), place_in(tmp_path).agent).begin()

            assert program.wait(20) == FENCED


def _running(state: Path) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-m", "gridhour_agent", "run", "--state", str(state)]
    return subprocess.Popen(program, env=dict(os.environ), stderr=subprocess.DEVNULL)


def _until(true: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
