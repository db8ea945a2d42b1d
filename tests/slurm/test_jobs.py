"""Jobs, acceptance and usage on a real cluster."""

import os
import subprocess
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.jobs import Order
from delivery.adapters.slurm.shapes import Shape
from delivery.domain.handover import JobSpec, MeterWindow
from tests.slurm.conftest import START, Centre, until, view_of
from timetable.queries import wall_now

DEVICES = "echo $GRIDHOUR_JOB $GRIDHOUR_DEVICES $CUDA_VISIBLE_DEVICES; id -un; pwd"


def test_a_job_runs_as_a_job_user_on_its_own_devices(centre: Centre) -> None:
    view = view_of(201, devices=2)
    centre.site.ensure(view)

    status = centre.run(view, "job-1", "bash", "-c", DEVICES)

    user = centre.site.accounts.user_of(view.external_name)
    said = centre.site.job_log(view, "job-1", 0).decode().splitlines()
    assert (status.exit_code, status.reason) == (0, "")
    assert said[0].startswith("job-1 1 ")
    assert len(said[0].split()[2].split(",")) == 1
    assert said[1:] == [user, f"{centre.lab.at.folder}/jobs/{user}"]
    assert centre.site.job_log(view, "job-1", 6).startswith(b"1 ")


def test_a_failing_job_says_how_also_when_the_controller_forgot_it(centre: Centre) -> None:
    view = view_of(202, devices=1)
    centre.site.ensure(view)

    status = centre.run(view, "job-1", "sh", "-c", "exit 3")
    jobs, name = centre.site.jobs, f"{view.external_name}.job-1"
    until(lambda: jobs._remembered(view.external_name, name).exit_code is not None)
    remembered = jobs._remembered(view.external_name, name)

    assert (status.exit_code, status.reason) == (3, "")
    assert (remembered.exit_code, remembered.reason) == (3, "")
    assert not centre.site.job_state(view, "job-2").known


def test_a_job_ends_at_its_time_limit_and_another_when_cancelled(centre: Centre) -> None:
    view = view_of(203, devices=2)
    centre.site.ensure(view)
    centre.site.run_job(view, JobSpec("job-2", ("sleep", "60"), 1, 60))

    status = centre.run(view, "job-1", "sleep", "60", limit=1)
    centre.site.cancel_job(view, "job-2")

    until(lambda: not centre.site.job_state(view, "job-2").running)
    assert status.reason == "time limit"
    assert centre.site.job_state(view, "job-2").reason == "cancelled"


def test_a_job_that_two_workers_hand_in_runs_once(centre: Centre) -> None:
    """Both had looked before either had handed it in."""
    view = view_of(204, devices=1)
    centre.site.ensure(view)
    name, user = f"{view.external_name}.job-1", centre.site.accounts.user_of(view.external_name)
    order = Order(
        view.external_name, name, user, ("sh", "-c", "date +%s%N"), Shape(1, 1, 1, False), 10
    )

    numbers = [centre.site.jobs.submit(order), centre.site.jobs.submit(order)]
    until(lambda: not centre.site.job_state(view, "job-1").running)

    rows = {
        row["job_id"]: row["job_state"] for row in centre.site.jobs.of_account(view.external_name)
    }
    assert (rows[numbers[0]], rows[numbers[1]]) == ("COMPLETED", "CANCELLED")
    assert len(centre.site.job_log(view, "job-1", 0).splitlines()) == 1


def test_words_of_a_job_are_words_and_no_commands(centre: Centre) -> None:
    view = view_of(205, devices=1)
    centre.site.ensure(view)

    centre.run(view, "job-1", "echo", "a b", "$(id)", "'; touch /tmp/owned; '")

    assert centre.site.job_log(view, "job-1", 0) == b"a b $(id) '; touch /tmp/owned; '\n"


def test_a_link_that_a_job_leaves_in_place_of_its_output_is_not_followed(centre: Centre) -> None:
    view = view_of(206, devices=1)
    centre.site.ensure(view)
    script = "rm $HOME/*.job-1.out; ln -s /etc/hostname $HOME/gh-GH-2026-206-g1.job-1.out"

    centre.run(view, "job-1", "sh", "-c", script)

    assert centre.site.job_log(view, "job-1", 0) == b""


def test_acceptance_counts_the_devices_and_measures_the_slowest(centre: Centre) -> None:
    view = view_of(207, devices=3)
    centre.site.ensure(view)

    measured = centre.site.accept_test(view)

    assert measured.devices_found == 3
    assert measured.gflops_per_device >= 1
    assert measured.evidence["method"] == "GEMM FP32 on the processor"
    assert measured.evidence["nodes_missing"] == {}


def test_acceptance_over_two_nodes_counts_both(centre: Centre) -> None:
    view = view_of(208, devices=6)
    centre.site.ensure(view)

    measured = centre.site.accept_test(view)

    nodes = measured.evidence["nodes"]
    assert isinstance(nodes, list)
    assert sorted((line["node"], len(line["devices"])) for line in nodes) == [("n1", 3), ("n2", 3)]
    assert measured.devices_found == 6


def test_acceptance_removes_what_an_earlier_buyer_left(centre: Centre) -> None:
    view = view_of(209, devices=1)
    centre.site.ensure(view)
    user = centre.site.accounts.user_of(view.external_name)
    left = centre.lab.at.root / "jobs" / user / "deep" / "secret"
    left.parent.mkdir()
    left.write_text("model weights")
    for path in (left, left.parent):
        os.chown(path, centre.lab.at.users[user], centre.lab.at.users[user])

    centre.site.accept_test(view)

    assert [path.name for path in left.parent.parent.iterdir()] == [
        f"{view.external_name}.acceptance.out"
    ]


def test_an_acceptance_job_that_cannot_start_fails_with_slurms_reason(centre: Centre) -> None:
    site = centre.site
    site.acceptance = replace(site.acceptance, options=replace(site.options, acceptance_wait_s=2))
    view = view_of(210)
    site.ensure(view)
    user = site.accounts.user_of(view.external_name)
    too_much = Shape(1, 5, 4, whole_nodes=True)

    held = site.cluster.look_now().reservations[view.external_name]
    with pytest.raises(ConnectorFailed):
        site.acceptance.measure(view.external_name, user, held, too_much)

    until(lambda: site.jobs.active(view.external_name) == [])


def test_release_ends_running_jobs_with_their_processes(centre: Centre) -> None:
    view = view_of(211, devices=1)
    centre.site.ensure(view)
    centre.site.run_job(view, JobSpec("job-1", ("sleep", "61.25"), 1, 60))
    until(lambda: "R" in centre.admin("squeue", "-h", "-o", "%t"))

    centre.site.release(view.external_name)

    assert centre.leftovers() == []
    assert subprocess.run(["pgrep", "-f", "sleep 61.2[5]"], check=False).returncode == 1


def test_usage_comes_from_accounting_by_the_share_of_time_held(centre: Centre) -> None:
    view, before = view_of(212, devices=2), wall_now()
    centre.site.ensure(view)
    time.sleep(2)
    began = wall_now()
    busy = "import time\nwhile time.process_time() < 1: pass"
    centre.run(view, "job-1", f"{centre.lab.at.folder}/python", "-c", busy)
    time.sleep(1.5)
    ended = wall_now()
    span = ended - began
    windows = [
        MeterWindow(START, began, ended),
        MeterWindow(START, began - span, ended),
        MeterWindow(START, before - timedelta(seconds=9), before - timedelta(seconds=4)),
        MeterWindow(START, ended, ended),
    ]
    until(lambda: None not in centre.site.read_meter(view, windows))

    whole, more, none, instant = centre.site.read_meter(view, windows)

    assert whole is not None
    assert more is not None
    assert none is not None
    assert instant is not None
    assert whole.delivered_device_seconds == instant.delivered_device_seconds == 2 * 900
    assert 2 * 450 <= more.delivered_device_seconds < 2 * 900
    assert (none.delivered_device_seconds, none.cpu_ms) == (0, 0)
    assert whole.cpu_ms is not None
    assert 900 <= whole.cpu_ms <= 3_000


def test_records_stay_when_the_hand_over_is_gone(centre: Centre) -> None:
    view, before = view_of(213, devices=4), wall_now()
    centre.site.ensure(view)
    time.sleep(3)
    centre.site.release(view.external_name)
    time.sleep(2)
    windows = [MeterWindow(START, before, wall_now())]
    until(lambda: None not in centre.site.read_meter(view, windows))

    metered = centre.site.read_meter(view, windows)[0]

    assert metered is not None
    assert 0 < metered.delivered_device_seconds < 4 * 900


def test_what_a_job_leaves_is_kept_within_limits(centre: Centre) -> None:
    view = view_of(214, devices=1)
    centre.site.ensure(view)
    script = (
        'cd "$GRIDHOUR_OUTPUTS"; mkdir deep; echo 42 > answer; echo x > "deep/b c";'
        "ln -s /etc/passwd link; mkfifo pipe; exit 3"
    )

    status = centre.run(view, "job-1", "sh", "-c", script)

    assert status.exit_code == 3
    assert centre.site.job_outputs(view, "job-1") == {"answer": b"42\n", "deep/b c": b"x\n"}
    assert centre.site.job_outputs(view, "job-2") == {}


def test_outputs_over_the_limit_are_left_out_and_it_is_said(centre: Centre) -> None:
    view = view_of(215, devices=1)
    centre.site.ensure(view)
    script = (
        'cd "$GRIDHOUR_OUTPUTS"; echo a > a;'
        "head -c 9000000 /dev/zero > b; for k in $(seq 70); do echo > z$k; done"
    )

    centre.run(view, "job-1", "bash", "-c", script)

    assert centre.site.job_outputs(view, "job-1") == {"a": b"a\n"}
    said = centre.site.job_log(view, "job-1", 0).decode()
    assert "64 files are kept" in said
    assert "over 8388608 bytes are not kept" in said


def test_a_job_begins_with_the_files_that_a_try_before_left(centre: Centre) -> None:
    view = view_of(216, devices=1)
    centre.site.ensure(view)
    centre.site.job_begins_with(view, "job-1", {"state/step": b"17", "big": bytes(900_000)})

    centre.run(view, "job-1", "sh", "-c", 'cat "$GRIDHOUR_OUTPUTS/state/step"')
    centre.run(view, "job-2", "sh", "-c", 'ls "$GRIDHOUR_OUTPUTS"')

    assert centre.site.job_log(view, "job-1", 0) == b"17"
    assert centre.site.job_log(view, "job-2", 0) == b""
    with pytest.raises(ConnectorFailed, match="at most"):
        centre.site.job_begins_with(view, "job-3", {"noise": os.urandom(3_000_000)})


SAVES = (
    "import os, signal, sys, time\n"
    "def save(*_):\n"
    "    open(os.environ['GRIDHOUR_OUTPUTS'] + '/step', 'w').write('5')\n"
    "    LEAVE\n"
    "signal.signal(signal.SIGUSR1, save)\n"
    "print('ready', flush=True)\n"
    "end = time.monotonic() + 50\n"
    "while time.monotonic() < end: time.sleep(0.05)\n"
)


@pytest.mark.parametrize("leave", ["sys.exit(0)", "pass"])
def test_a_warned_job_saves_its_state_and_is_ended_in_its_time(centre: Centre, leave: str) -> None:
    """By itself, or after the seconds that it has; what it saved is kept either way."""
    view = view_of(217 if leave == "pass" else 218, devices=1)
    centre.site.ensure(view)
    program = SAVES.replace("LEAVE", leave)
    argv = (f"{centre.lab.at.folder}/python", "-c", program)
    spec = JobSpec("job-1", argv, 1, 60, (("GRIDHOUR_SAVES_IN_S", "2"),))
    centre.site.run_job(view, spec)
    until(lambda: centre.site.job_log(view, "job-1", 0).startswith(b"ready"))
    began = time.monotonic()

    for _ in range(3):
        centre.site.checkpoint_job(view, "job-1", 2)
    until(lambda: not centre.site.job_state(view, "job-1").running)

    assert centre.site.job_state(view, "job-1").reason == "preempted"
    assert centre.site.job_outputs(view, "job-1") == {"step": b"5"}
    assert time.monotonic() - began < 25
