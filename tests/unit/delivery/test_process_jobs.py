"""Jobs on this machine for real: how they run, how they end, and what they leave."""

import signal
import subprocess
from pathlib import Path

import pytest

from delivery.adapters.process.confinement import PLAIN
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.process.family import resident_bytes
from delivery.domain.handover import JobSpec
from tests.unit.delivery.process_site import VIEW, run, sleepers, until


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
    assert status.exit_code == 128 + signal.SIGTERM


def test_a_job_is_cancelled(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    site.run_job(VIEW, JobSpec("job-1", ("sleep", "60"), 1, 60))
    until(lambda: (site.holdings.holding(VIEW.base_name, 1).job("job-1") / "state.json").exists())

    site.cancel_job(VIEW, "job-1")

    until(lambda: not site.job_state(VIEW, "job-1").running)
    assert site.job_state(VIEW, "job-1").reason == "cancelled"


def test_a_job_that_ignores_its_end_is_killed(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    script = "import signal, time\nsignal.signal(15, lambda *_: print('no'))\n"
    script += "while True: time.sleep(1)"

    status, output = run(site, "job-1", "python3", "-c", script, limit=1)

    assert (status.reason, status.exit_code) == ("time limit", 128 + signal.SIGKILL)
    assert "no" in output


def test_nothing_outlives_a_job(site: ProcessConnector) -> None:
    if site.holdings.mode == PLAIN:
        pytest.skip("this machine can make no cells")
    site.ensure(VIEW)
    daemon = "(setsid sh -c '(sleep 93.5 &) ; sleep 93.5' >/dev/null 2>&1 &); sleep 0.3; echo left"

    status, output = run(site, "job-1", "sh", "-c", daemon)

    assert (status.exit_code, output) == (0, "left\n")
    until(lambda: not sleepers("93.5"))


def test_a_job_that_takes_too_much_memory_is_ended(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    grow = "kept = bytearray(b'x') * (300 << 20); import time; time.sleep(20)"
    script = f'for n in 1 2 3 4 5; do python3 -c "{grow}" & done; wait; sleep 20'

    status, _output = run(site, "job-1", "sh", "-c", script, limit=30)

    assert status.reason == "memory limit"
    assert status.exit_code != 0


def test_without_a_control_group_the_holder_counts_the_memory_itself() -> None:
    grow = "kept = bytearray(b'x') * (40 << 20); input()"
    with subprocess.Popen(
        ["sh", "-c", f'python3 -c "{grow}" | cat'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as family:
        until(lambda: resident_bytes(family.pid) > 40 << 20)

        assert resident_bytes(family.pid) < 200 << 20
    assert resident_bytes(family.pid) == 0


def test_a_job_s_output_is_bounded(site: ProcessConnector) -> None:
    site.ensure(VIEW)

    status, _output = run(site, "job-1", "sh", "-c", "yes", limit=30)

    log = site.holdings.holding(VIEW.base_name, 1).job("job-1") / "log"
    assert status.exit_code != 0
    assert log.stat().st_size <= 65 << 20


def test_outputs_are_kept_and_nothing_else_with_them(
    site: ProcessConnector, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("books")
    script = (
        "cd outputs; echo model > weights; mkdir more; echo 1 > more/log; mkfifo pipe;"
        f"ln -s {tmp_path}/secret link; ln -s / root; head -c 9000000 /dev/zero > zz-too-large"
    )
    site.ensure(VIEW)

    _status, output = run(site, "job-1", "sh", "-c", script)

    assert site.job_outputs(VIEW, "job-1") == {"weights": b"model\n", "more/log": b"1\n"}
    assert "output zz-too-large is not kept: over the limit" in output
    assert site.job_outputs(VIEW, "job-2") == {}


def test_a_job_begins_with_the_files_it_is_given(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    site.job_begins_with(VIEW, "job-1", {"checkpoint/step": b"7"})

    _status, output = run(site, "job-1", "cat", "outputs/checkpoint/step")

    assert output == "7"


def test_a_job_is_warned_before_its_devices_are_taken(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    script = (
        "import signal, time, sys\n"
        "def save(*_): open('outputs/step', 'w').write('41'); sys.exit(0)\n"
        "signal.signal(signal.SIGUSR1, save)\nprint('ready')\ntime.sleep(60)"
    )
    site.run_job(VIEW, JobSpec("job-1", ("python3", "-c", script), 1, 60))
    until(lambda: b"ready" in site.job_log(VIEW, "job-1", 0))

    site.checkpoint_job(VIEW, "job-1", 10)

    until(lambda: not site.job_state(VIEW, "job-1").running)
    assert site.job_state(VIEW, "job-1").reason == "preempted"
    assert site.job_outputs(VIEW, "job-1") == {"step": b"41"}


def test_a_job_that_does_not_heed_the_warning_is_ended(site: ProcessConnector) -> None:
    site.ensure(VIEW)
    script = "trap '' USR1; echo ready; while true; do sleep 1; done"
    site.run_job(VIEW, JobSpec("job-1", ("sh", "-c", script), 1, 60))
    until(lambda: b"ready" in site.job_log(VIEW, "job-1", 0))

    site.checkpoint_job(VIEW, "job-1", 1)

    until(lambda: not site.job_state(VIEW, "job-1").running)
    assert site.job_state(VIEW, "job-1").reason == "preempted"
