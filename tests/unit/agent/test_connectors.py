"""The agent's connectors: made once, adopted, fenced, metered, ended."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gridhour_agent.connector import (
    Connector,
    ConnectorFailed,
    Fenced,
    Handover,
    JobSpec,
    MeterWindow,
    connector_named,
)
from gridhour_agent.connectors import process
from gridhour_agent.connectors.jobs import ACCOUNTS, FIRST_ACCOUNT, account_for
from gridhour_agent.connectors.process import ProcessConnector

ONE, TWO = Handover("gh-A-1-g1", 2, 1), Handover("gh-A-1-g2", 2, 1)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="jobs need accounts of their own")


@pytest.fixture(params=["simulated", "process"])
def connector(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connector]:
    tmp_path.chmod(0o755)
    made = connector_named(request.param, tmp_path)
    yield made
    for name in made.inventory():
        made.release(name)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[ProcessConnector]:
    made = ProcessConnector(tmp_path)
    yield made
    for name in made.inventory():
        made.release(name)


def pid_of(real: ProcessConnector, name: str) -> int:
    return real._place(name).living_pid()


def test_making_twice_is_making_once(connector: Connector) -> None:
    connector.ensure(ONE)
    connector.ensure(ONE)

    assert connector.inventory() == [ONE.name]
    assert connector.inspect(ONE.name).alive


def test_a_later_generation_ends_the_earlier_which_stays_fenced(connector: Connector) -> None:
    connector.ensure(ONE)
    connector.ensure(TWO)

    assert connector.inventory() == [TWO.name]
    with pytest.raises(Fenced):
        connector.ensure(ONE)
    assert connector.inventory() == [TWO.name]


def test_ending_twice_is_ending_once_and_nothing_unknown_is_ended(connector: Connector) -> None:
    connector.ensure(ONE)
    connector.release(ONE.name)
    connector.release(ONE.name)
    connector.release("gh-never-g1")

    assert connector.inventory() == []
    assert not connector.inspect(ONE.name).alive
    with pytest.raises(ConnectorFailed):
        connector.accept_test(ONE)


@pytest.mark.parametrize("name", ["../../etc-g1", "gh-a/b-g1", "-g1", "gh-A-1", "gh-A-gx"])
def test_a_name_that_is_none_makes_nothing(connector: Connector, name: str) -> None:
    with pytest.raises(ConnectorFailed):
        connector.ensure(Handover(name, 1))
    assert connector.inventory() == []


def test_what_was_made_is_measured(connector: Connector) -> None:
    connector.ensure(ONE)

    measured = connector.accept_test(ONE)

    assert measured.devices_found == 2
    assert measured.gflops_per_device >= 1
    assert measured.evidence["method"] in {"simulated", "GEMM FP32"}


def test_a_connector_nobody_wrote_is_named(tmp_path: Path) -> None:
    for name in ("nothing", "json:Nothing", "no.such.module:Kind"):
        with pytest.raises(ConnectorFailed, match="no connector"):
            connector_named(name, tmp_path)


def test_a_holder_outlives_the_agent_and_is_adopted(real: ProcessConnector, tmp_path: Path) -> None:
    real.ensure(ONE)
    before = pid_of(real, ONE.name)

    again = ProcessConnector(tmp_path)
    again.ensure(ONE)

    assert pid_of(again, ONE.name) == before != 0


def test_a_killed_holder_is_gone_and_can_be_made_again(real: ProcessConnector) -> None:
    real.ensure(ONE)
    first = pid_of(real, ONE.name)
    os.kill(first, signal.SIGKILL)
    _until(lambda: not pid_of(real, ONE.name))

    assert not real.inspect(ONE.name).alive
    assert real.inventory() == []
    real.ensure(ONE)
    assert pid_of(real, ONE.name) not in {0, first}


def test_a_holder_whose_lease_nobody_renews_ends(real: ProcessConnector, monkeypatch: Any) -> None:
    monkeypatch.setattr(process, "LEASE_S", 1)
    real.ensure(ONE)

    _until(lambda: not pid_of(real, ONE.name))

    assert real.inventory() == []


def test_a_stopped_holder_is_ended_all_the_same(real: ProcessConnector, monkeypatch: Any) -> None:
    monkeypatch.setattr(process, "END_WAIT_S", 0.2)
    real.ensure(ONE)
    os.kill(pid_of(real, ONE.name), signal.SIGSTOP)

    real.release(ONE.name)
    _until(lambda: not pid_of(real, ONE.name))

    assert real.inventory() == []


def test_the_meter_counts_what_was_held(real: ProcessConnector) -> None:
    before = datetime.now(UTC)
    real.ensure(ONE)
    time.sleep(1.2)
    after = datetime.now(UTC)
    second = timedelta(seconds=1)

    held, never, stepped = real.read_meter(
        ONE,
        [
            MeterWindow(before, after - second / 2, after - second / 4),
            MeterWindow(before, before - 9 * second, before - 8 * second),
            MeterWindow(before, after, after),
        ],
    )

    assert held is not None
    assert never is not None
    assert stepped is not None
    assert (held.delivered_device_seconds, never.delivered_device_seconds) == (1_800, 0)
    assert stepped.delivered_device_seconds == 1_800


@as_root
def test_a_job_runs_once_under_an_account_that_cannot_read_the_key(
    real: ProcessConnector, tmp_path: Path
) -> None:
    key = tmp_path / "agent.key"
    key.write_text("secret")
    key.chmod(0o600)
    real.ensure(ONE)
    spec = JobSpec("job-1", ("sh", "-c", f"id -u; echo $WHO; cat {key}"), 1, 20, (("WHO", "ben"),))
    real.run_job(ONE.name, spec)
    real.run_job(ONE.name, spec)
    _until(lambda: not real.jobs(ONE.name)["job-1"].running)

    output = real.job_log(ONE.name, "job-1", 0).decode()

    assert output.splitlines()[:2] == [str(account_for(real.root, "gh-A-1")), "ben"]
    assert "secret" not in output
    assert real.jobs(ONE.name)["job-1"].exit_code != 0
    assert real.job_log(ONE.name, "job-1", 3) == output[3:].encode()
    assert real.job_log(ONE.name, "never", 0) == b""


@as_root
@pytest.mark.parametrize(
    ("limit_s", "cancels", "reason"), [(1, False, "time limit"), (60, True, "cancelled")]
)
def test_a_job_ends_by_its_limit_or_when_cancelled(
    real: ProcessConnector, limit_s: int, *, cancels: bool, reason: str
) -> None:
    real.ensure(ONE)
    real.run_job(ONE.name, JobSpec("job-1", ("sleep", "60"), 1, limit_s))
    if cancels:
        real.cancel_job(ONE.name, "job-1")
        real.cancel_job(ONE.name, "never")
    _until(lambda: not real.jobs(ONE.name)["job-1"].running)

    assert real.jobs(ONE.name)["job-1"].reason == reason


@as_root
def test_jobs_end_with_the_hand_over_and_are_lost_with_the_holder(real: ProcessConnector) -> None:
    real.ensure(ONE)
    real.run_job(ONE.name, JobSpec("job-1", ("sleep", "60"), 1, 60))
    state = real._place(ONE.name).jobs / "job-1" / "state.json"
    _until(state.exists)
    real.release(ONE.name)
    ended = real.jobs(ONE.name)["job-1"].reason

    assert ended == "the hand-over ended"
    with pytest.raises(ConnectorFailed, match="gone"):
        real.run_job(ONE.name, JobSpec("job-2", ("true",), 1, 1))


@as_root
def test_no_job_outlives_a_killed_holder_and_the_next_one_calls_it_lost(
    real: ProcessConnector,
) -> None:
    real.ensure(ONE)
    # The job's first process starts a second one, which the kernel does not end with the holder.
    code = "sleep 64.5 & echo started; wait"
    real.run_job(ONE.name, JobSpec("job-1", ("sh", "-c", code), 1, 60))
    _until(lambda: b"started" in real.job_log(ONE.name, "job-1", 0))
    _until(lambda: "pid" in (real._job(ONE.name, "job-1") / "state.json").read_text())
    os.kill(pid_of(real, ONE.name), signal.SIGKILL)
    _until(lambda: not pid_of(real, ONE.name))

    real.inventory()

    _until(lambda: not _sleeps("64.5"))
    assert real.jobs(ONE.name)["job-1"].reason == "lost with the hand-over"
    assert not real._place(ONE.name).holder.exists()


def _sleeps(argument: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().split(b"\0")[:2] == [b"sleep", argument.encode()]:
                return True
        except OSError:
            continue
    return False


def test_every_hand_over_has_an_account_of_its_own(tmp_path: Path) -> None:
    chains = [f"gh-{k}" for k in range(30)]
    for chain in chains:
        (tmp_path / chain).mkdir()

    numbers = [account_for(tmp_path, chain) for chain in [*chains, *chains]]

    assert len(set(numbers)) == 30
    assert numbers[:30] == numbers[30:]
    assert all(FIRST_ACCOUNT <= number < FIRST_ACCOUNT + ACCOUNTS for number in numbers)


@as_root
def test_a_program_that_is_not_there_is_said(real: ProcessConnector) -> None:
    real.ensure(ONE)
    real.run_job(ONE.name, JobSpec("job-1", ("no-such-program",), 1, 5))
    _until(lambda: not real.jobs(ONE.name)["job-1"].running)

    assert "did not start" in real.jobs(ONE.name)["job-1"].reason
    with pytest.raises(ConnectorFailed, match="name"):
        real.run_job(ONE.name, JobSpec("../job", ("true",), 1, 5))


def test_without_root_no_job_runs(real: ProcessConnector, monkeypatch: Any) -> None:
    real.ensure(ONE)
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)

    with pytest.raises(ConnectorFailed, match="root"):
        real.run_job(ONE.name, JobSpec("job-1", ("true",), 1, 5))


def _until(true: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
