"""Run a command beside the servers: start them for it, or use those that run already."""

import signal
import subprocess
import time
from collections.abc import Sequence
from types import FrameType

from config.services.children import die_with_parent, house_environment
from config.services.lock import ready_note, supervisor_lock, users_lock
from config.services.places import Places, ServicesUnavailable
from config.services.supervisor import Say, Supervisor

WAIT_SECONDS = 60


def run_command(command: Sequence[str], places: Places, say: Say) -> int:
    """Run a command with the servers up and return its exit code; say only what goes wrong.

    Servers that another process of this checkout supervises are used and left running; a
    supervisor whose own command has ended waits for such users.
    """
    if not (places.own_pg or places.own_valkey):
        return _call(command)
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        supervisor = Supervisor(places, say, tells_starts=False)
        if supervisor.try_to_lead():
            return _lead(supervisor, command, places, say)
        if ready_note(places).exists():
            user = users_lock(places, shared=True)
            if user.take():
                return _call(command)
        time.sleep(0.2)
    msg = f"another process starts or stops the servers of {places.var}; try again"
    raise ServicesUnavailable(msg)


def servers_are_up(places: Places) -> bool:
    """Tell whether a supervisor of this checkout is alive and its servers answer."""
    lock = supervisor_lock(places)
    if lock.take():
        lock.release()
        return False
    return ready_note(places).exists()


def _lead(supervisor: Supervisor, command: Sequence[str], places: Places, say: Say) -> int:
    try:
        supervisor.start_servers()
        process = subprocess.Popen(
            command, env=house_environment(), preexec_fn=die_with_parent(signal.SIGTERM)
        )
        _pass_signals_on(process)
        supervisor.watch(lambda: process.poll() is not None)
        _wait_for_users(places, say)
    finally:
        supervisor.stop()
    return process.returncode


def _call(command: Sequence[str]) -> int:
    process = subprocess.Popen(
        command, env=house_environment(), preexec_fn=die_with_parent(signal.SIGTERM)
    )
    _pass_signals_on(process)
    return process.wait()


def _pass_signals_on(process: subprocess.Popen[bytes]) -> None:
    """The terminal signals both; only what was sent to this process alone is passed on."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _wait_for_users(places: Places, say: Say) -> None:
    users = users_lock(places, shared=False)
    if users.take():
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    say("waiting for other commands that use these servers (Ctrl-C stops them)")
    while not users.take():
        time.sleep(0.2)
