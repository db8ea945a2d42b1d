"""Shells in real cells: on a terminal and without, with the job's limits, and gone with it."""

import os
import socket
import struct
import threading
import time

import pytest

from delivery.adapters.connector import DoorClosed
from delivery.adapters.doors.terminal import MOST_SHELLS, frame
from delivery.adapters.process.confinement import PLAIN
from delivery.adapters.process.connector import ProcessConnector
from delivery.domain.handover import JobSpec
from tests.unit.delivery.process_site import VIEW, sleepers, until
from tests.unit.delivery.shell_talk import all_of, greeted, typed, written_until


@pytest.fixture
def entered(site: ProcessConnector) -> ProcessConnector:
    """The site with a session `job-1` that may be entered."""
    if site.holdings.mode == PLAIN:
        pytest.skip("this machine can make no cells, so nobody enters one")
    site.ensure(VIEW)
    site.run_job(VIEW, JobSpec("job-1", ("sleep", "97.5"), 1, 60, entered=True))
    until(lambda: is_open(site))
    return site


def is_open(site: ProcessConnector) -> bool:
    try:
        site.enter(VIEW, "job-1").close()
    except DoorClosed:
        return False
    return True


def greet(site: ProcessConnector, **hello: object) -> socket.socket:
    return greeted(site.enter(VIEW, "job-1"), **hello)


def test_a_command_has_its_output_its_errors_and_its_code(entered: ProcessConnector) -> None:
    caller = greet(entered, command="cat; echo oops >&2; pwd; exit 7")
    body = os.urandom(1 << 20)
    typing = threading.Thread(target=typed, args=(caller, body))
    typing.start()

    out, err, code = all_of(caller)

    typing.join(20)
    assert out == body + b"/job\n"
    assert (err, code) == (b"oops\n", 7)


def test_a_shell_has_a_terminal_of_the_cell_s_own(entered: ProcessConnector) -> None:
    caller = greet(entered, term="xterm", rows=24, columns=80)
    caller.sendall(frame(b"w", struct.pack(">HH", 40, 120)))
    caller.sendall(frame(b"d", b"stty size; tty; ls /dev/pts; echo T=$TERM; exit 3\n"))

    out, _err, code = all_of(caller)

    text = out.decode().replace("\r", "")
    assert "40 120" in text
    assert "/dev/pts/0" in text
    assert "T=xterm" in text
    assert code == 3


def test_what_is_typed_interrupts_and_a_pipe_that_closes_ends_its_writer(
    entered: ProcessConnector,
) -> None:
    """Whoever starts a shell may ignore the signals for both; the shell does not."""
    caller = greet(entered, term="xterm", rows=24, columns=80)
    caller.sendall(frame(b"d", b"sleep 94.5\n"))
    until(lambda: len(sleepers("94.5")) == 1)
    caller.sendall(frame(b"d", b"\x03"))
    until(lambda: not sleepers("94.5"))
    caller.sendall(frame(b"d", b"echo still $((40 + 2)); exit 0\n"))

    assert b"still 42" in written_until(caller, b"still 42")
    caller.close()
    assert all_of(greet(entered, command="yes | head -n 1")) == (b"y\n", b"", 0)


def test_a_shell_is_held_like_the_job(entered: ProcessConnector) -> None:
    script = (
        "grep -E 'Seccomp:|NoNewPrivs|CapEff' /proc/self/status; id -u; ulimit -n;"
        "ls /proc/net/dev >/dev/null && grep -c : /proc/net/dev; cat /proc/1/environ; true"
    )

    out, err, _code = all_of(greet(entered, command=script))

    lines = out.decode().split()
    assert lines[:6] == ["CapEff:", "0" * 16, "NoNewPrivs:", "1", "Seccomp:", "2"]
    assert int(lines[6]) >= 20_000
    assert lines[7:9] == ["256", "1"]
    assert b"denied" in err


def test_shells_end_with_their_session_and_a_caller_that_leaves_hangs_up(
    entered: ProcessConnector,
) -> None:
    caller = greet(entered, term="xterm", rows=24, columns=80)
    caller.sendall(frame(b"d", b"sleep 96.5\n"))
    until(lambda: len(sleepers("96.5")) == 1)
    caller.close()
    until(lambda: not sleepers("96.5"))
    again = greet(entered, command="sleep 95.5")
    until(lambda: len(sleepers("95.5")) == 1)

    entered.cancel_job(VIEW, "job-1")

    until(lambda: not sleepers("95.5"))
    assert all_of(again)[2] is None
    until(lambda: not is_open(entered))


def test_only_so_many_are_in_at_once_and_who_does_not_greet_is_let_go(
    entered: ProcessConnector,
) -> None:
    inside = [greet(entered, command="sleep 30") for _ in range(MOST_SHELLS)]
    time.sleep(0.5)

    assert all_of(greet(entered, command="echo in")) == (b"", b"", None)
    for caller in inside:
        caller.close()
    silent = entered.enter(VIEW, "job-1")
    silent.sendall(b"not json\n")
    assert all_of(silent)[2] is None
