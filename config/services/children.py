"""Child processes that never outlive the process that started them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.services.places import ServicesUnavailable

PR_SET_PDEATHSIG = 1
READY_SECONDS = 60
STOP_SECONDS = 15


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before its program: the kernel signals it when its parent ends.

    That holds for `kill -9` of the parent too. Linux only; elsewhere nothing is tied.
    """
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def tie() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(number))
            if os.getppid() != parent:  # it died before the tie
                os._exit(1)

    return tie


@dataclass(frozen=True)
class Account:
    """Whom a program runs as: a user and group, or a command put in front of it."""

    user: int | None = None
    group: int | None = None
    prefix: tuple[str, ...] = ()

    def popen(self) -> dict[str, object]:
        """Return the arguments of `subprocess` that change the account."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}


@dataclass(frozen=True)
class Program:
    """One long-running program of the house."""

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account = field(default_factory=Account)
    environment: Mapping[str, str] = field(default_factory=dict)
    # The end of an essential program ends everything; others are started again, but for those
    # that have only something to do.
    essential: bool = False
    once: bool = False


@dataclass
class Child:
    """A running program."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    asked: bool = False

    @property
    def ended(self) -> bool:
        """Tell whether the program has ended by itself."""
        return self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Send the program its stop signal, once: a second one may mean haste."""
        if not (self.asked or self.ended):
            self.asked = True
            self.process.send_signal(self.program.stop_signal)

    def stop(self) -> None:
        """Ask the program to stop, then insist; its whole session ends with it."""
        if not self.ended:
            self.ask_to_stop()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.end_session()
        self.process.wait()

    def end_session(self) -> None:
        """Kill what is left of the program's session: workers whose leader was killed."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


def house_environment() -> dict[str, str]:
    """Return the environment for programs of the house, naming this process as its head.

    Hand-overs outlive the workers, not the house: their holders watch this process.
    """
    return {**os.environ, "GRIDHOUR_SUPERVISOR_PID": str(os.getpid())}


def start(program: Program) -> Child:
    """Start a program in a session of its own, tied to this process, writing to its log."""
    program.log.parent.mkdir(parents=True, exist_ok=True)
    with program.log.open("ab") as log:
        process = subprocess.Popen(  # type: ignore[call-overload]
            [*program.account.prefix, *program.command],
            cwd="/" if program.account.user is not None else None,
            env={**house_environment(), **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent(program.stop_signal),
            **program.account.popen(),
        )
    return Child(program, process)


def wait_until_ready(child: Child) -> None:
    """Wait for the program to answer; say what its log says if it ends or stays silent."""
    deadline = time.monotonic() + READY_SECONDS
    while not child.program.ready():
        if child.ended or time.monotonic() > deadline:
            state = f"ended ({child.process.returncode})" if child.ended else "does not answer"
            tail = "\n".join(last_lines(child.program.log))
            child.stop()
            msg = f"{child.program.name} {state}; the end of {child.program.log}:\n{tail}"
            raise ServicesUnavailable(msg)
        time.sleep(0.03)


def last_lines(log: Path, count: int = 15) -> list[str]:
    """Return the last lines of a log, for a message."""
    if not log.exists():
        return []
    return log.read_text(errors="replace").splitlines()[-count:]
