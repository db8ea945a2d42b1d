"""Sessions on a real cluster: shells on a node, as the job user, while the job lasts."""

import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.celery import app
from delivery.actions import cancel_job, open_shell
from delivery.adapters.connector import ConnectorFailed, DoorClosed
from delivery.adapters.doors.terminal import MOST_SHELLS, frame
from delivery.adapters.slurm.doors import note_path
from delivery.domain.handover import JobSpec
from delivery.models import Job, ShellVisit
from tests.slurm.conftest import Centre, until, view_of
from tests.slurm.test_story import Story, story
from tests.ssh import SshClient, door_for_shells, needs_openssh
from tests.unit.delivery.shell_talk import all_of, greeted, typed, written_until
from timetable.queries import wall_now

KEEPER = ("sleep", "600")
__all__ = ["story"]


def opened(centre: Centre, number: int, *, limit_s: int = 300) -> None:
    """Begin a session `job-1` on a hand-over of its own, and wait for its door."""
    view = view_of(number, devices=1)
    centre.site.ensure(view)
    centre.site.run_job(view, JobSpec("job-1", KEEPER, 1, limit_s, entered=True))
    until(lambda: is_open(centre, number), 60)


def is_open(centre: Centre, number: int) -> bool:
    try:
        centre.site.enter(view_of(number, devices=1), "job-1").close()
    except DoorClosed:
        return False
    return True


def greet(centre: Centre, number: int, **hello: object) -> socket.socket:
    return greeted(centre.site.enter(view_of(number, devices=1), "job-1"), **hello)


def sleepers(word: str) -> list[int]:
    found = subprocess.run(["pgrep", "-xf", f"sleep {word}"], capture_output=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_a_shell_is_the_job_user_s_with_what_the_job_has(centre: Centre) -> None:
    opened(centre, 601)
    user = centre.site.accounts.user_of(view_of(601).external_name)
    script = "cat; echo oops >&2; id -u; echo $CUDA_VISIBLE_DEVICES $GRIDHOUR_JOB"
    script += " ${GRIDHOUR_DOOR:-none}; grep NoNewPrivs /proc/self/status; pwd; exit 7"
    caller, body = greet(centre, 601, command=script), os.urandom(1 << 18)

    typed(caller, body)
    out, err, code = all_of(caller)

    assert out.startswith(body)
    told = out.removeprefix(body).decode().split()
    assert told[0] == str(centre.lab.at.users[user])
    assert told[1].isdigit()
    assert told[2:6] == ["job-1", "none", "NoNewPrivs:", "1"]
    assert told[6] == centre.site.options.folder_of(user)
    assert (err, code) == (b"oops\n", 7)


def test_a_shell_has_a_terminal_that_is_resized_and_interrupted(centre: Centre) -> None:
    opened(centre, 602)
    caller = greet(centre, 602, term="xterm", rows=24, columns=80)
    caller.sendall(frame(b"w", struct.pack(">HH", 40, 120)))
    caller.sendall(frame(b"d", b"stty size; tty; echo T=$TERM\n"))
    text = written_until(caller, b"T=xterm\r").decode()

    caller.sendall(frame(b"d", b"sleep 91.5\n"))
    until(lambda: len(sleepers("91.5")) == 1)
    caller.sendall(frame(b"d", b"\x03"))
    until(lambda: not sleepers("91.5"))
    caller.sendall(frame(b"d", b"exit 5\n"))

    assert "40 120" in text
    assert "/dev/pts/" in text
    assert all_of(caller)[2] == 5


def test_eight_are_in_at_once_strangers_take_no_place_and_all_end_with_the_job(
    centre: Centre,
) -> None:
    opened(centre, 603)
    view = view_of(603, devices=1)
    user = centre.site.accounts.user_of(view.external_name)
    note = note_path(centre.site.options, user, f"{view.external_name}.job-1")
    port = int(centre.site.jobs.read(note, 0, 8))
    strangers = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(MOST_SHELLS)]
    inside = [greet(centre, 603, command="echo in; sleep 92.5") for _ in range(MOST_SHELLS)]

    assert [caller.recv(100)[5:] for caller in inside] == [b"in\n"] * MOST_SHELLS
    assert all_of(greet(centre, 603, command="echo in")) == (b"", b"", None)
    for stranger in strangers:
        stranger.close()
    inside.pop().close()
    until(lambda: len(sleepers("92.5")) == MOST_SHELLS - 1)
    assert all_of(greet(centre, 603, command="echo in")) == (b"in\n", b"", 0)

    centre.site.cancel_job(view, "job-1")

    until(lambda: not sleepers("92.5"))
    # Cut off with the job, or just before told that a signal ended the command.
    assert {all_of(caller)[2] for caller in inside} <= {None, 143}
    until(lambda: not is_open(centre, 603))


def test_a_session_ends_when_its_time_is_over(centre: Centre) -> None:
    opened(centre, 604, limit_s=3)
    view = view_of(604, devices=1)

    until(lambda: not centre.site.job_state(view, "job-1").running)

    assert centre.site.job_state(view, "job-1").reason == "time limit"
    with pytest.raises(ConnectorFailed):
        centre.site.enter(view, "job-1")


@pytest.fixture
def client(settings: Any, tmp_path: Path) -> Iterator[SshClient]:
    """OpenSSH's client before the house's door."""
    settings.VAR_DIR = tmp_path
    with door_for_shells() as port:
        settings.SSH_DOOR = f"127.0.0.1:{port}"
        yield SshClient(port, tmp_path)


@needs_openssh
@pytest.mark.django_db(transaction=True)
def test_the_real_client_comes_to_a_node_of_what_ben_bought(
    story: Story, client: SshClient
) -> None:
    ben, deal = story.world.cast.ben, story.sold(devices=2)
    start = deal.trade.starts_at
    story.step(start - timedelta(minutes=30))
    story.step(start)
    session = open_shell(
        member_id=ben.id,
        person_id=ben.person.pk,
        allocation_id=story.row.pk,
        public_key=client.make_key(),
        devices=1,
        time_limit_s=600,
        now=start,
        wall=wall_now(),
    )
    client.keep(session.certificate)
    client.know(session.known_hosts)
    name, walked = str(session.shell), app.tasks["delivery.run_jobs"]
    told = [client.run(name, "true")]

    def is_in() -> bool:
        walked()
        told.append(client.run(name, "cat; id -u; exit 3", input="typed\n"))
        return told[-1].returncode == 3

    until(is_in, 60)
    screen = client.run(name, options=("-tt",), input="tty; exit 5\n")
    cancel_job(member_id=ben.id, job_id=session.shell.job_id, now=start)
    until(lambda: bool(walked()) and Job.objects.get().ended_at is not None)

    user = story.centre.site.accounts.user_of(story.row.external_name)
    assert told[0].returncode == 254
    assert told[-1].stdout.split() == ["typed", str(story.centre.lab.at.users[user])]
    assert (screen.returncode, "/dev/pts/" in screen.stdout) == (5, True)
    assert ShellVisit.objects.filter(left_at=None).count() == 0
    assert Job.objects.get().state == "CANCELLED"
    assert client.run(name, "true").returncode == 254
