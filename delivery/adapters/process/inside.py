"""The first process of a cell: shuts the door behind it, runs the job, keeps its outputs.

It is process 1 of the job's own process namespace: when it ends, so does whatever the job left
running. Standard library only; everything is imported before the door is shut.
"""

import contextlib
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from delivery.adapters.doors import relay, terminal
from delivery.adapters.process import call_filter, kernel
from delivery.adapters.process.cell_root import HOME, Rooms, build
from delivery.adapters.process.keeping import pack, unpack

CANNOT_START = 127
OPEN_AT_MOST = 256
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


@dataclass(frozen=True)
class Order:
    """What is to be run, and how it is confined; made by `confinement.order_of`."""

    mode: str
    uid: int
    root: str
    home: str
    shown: tuple[str, ...]
    scratch_mb: int
    files: int
    limits: dict[str, int]
    argv: tuple[str, ...]
    outputs_fd: int
    output_bytes: int
    network: bool
    door_fd: int = -1
    port: int = 0
    entered: bool = False
    data: str = ""


def shut(order: Order) -> None:
    """Change into the cell's own root and give up every right; OSError when refused."""
    # In a user's namespace the job's number is given later, to the account that mounts.
    owner = order.uid if order.mode == "own-account" else 0
    rooms = Rooms(order.uid, owner, order.scratch_mb, order.files, order.entered, order.data)
    build(order.root, rooms, order.shown)
    if not order.network:
        kernel.loopback_up()
    kernel.pivot_into(order.root)
    if order.mode == "own-account":
        kernel.drop_bounding_set()
        os.setgroups([])
        os.setresgid(order.uid, order.uid, order.uid)
        os.setresuid(order.uid, order.uid, order.uid)
    else:
        _become_nobody(order.uid)
    # A change of account clears the wish to die with the parent.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def _become_nobody(uid: int) -> None:
    """Take a plain number in a namespace inside the one that owns the mounts."""
    owner, group = os.geteuid(), os.getegid()
    kernel.new_user_namespace()
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{uid} {group} 1")
    Path("/proc/self/uid_map").write_text(f"{uid} {owner} 1")
    # The second namespace came with every right in it.
    kernel.drop_bounding_set()


def run(order: Order, load: Callable[[], None]) -> int:
    """Run the job and return its exit code; 128 and the signal's number when one ended it."""
    # Nobody of the same account may look into this process; the job's own program may be traced.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    if order.door_fd >= 0:
        _open_door(order, load)
    pid = os.fork()
    if pid == 0:
        _become_job(order, load)

    def forward(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)

    for number in FORWARDED:
        signal.signal(number, forward)
    status = _reap_until(pid)
    if os.getpid() == 1:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
    else:
        forward(signal.SIGKILL, None)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _open_door(order: Order, load: Callable[[], None]) -> None:
    """Start what answers at the socket outside: shells, or a relay to a port inside."""
    with socket.socket(fileno=order.door_fd) as listener:
        if os.fork():
            return
        try:
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            _keep_only(order.door_fd)
            if order.entered:
                terminal.serve(listener, lambda argv: _become(order, argv, load))
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
            load()
            relay.carry(listener, lambda: relay.to_port(order.port))
        finally:
            os._exit(CANNOT_START)


def _keep_only(descriptor: int) -> None:
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, OPEN_AT_MOST)


def _reap_until(pid: int) -> int:
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            return status


def _become_job(order: Order, load: Callable[[], None]) -> None:
    os.setsid()
    _become(order, list(order.argv), load)


def _become(order: Order, argv: list[str], load: Callable[[], None]) -> None:
    """Turn this process into a program of the job's, with its limits and its filter."""
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.closerange(3, OPEN_AT_MOST)
        for name, bound in order.limits.items():
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
            resource.setrlimit(kind, (bound, bound))
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        load()
        os.execvp(argv[0], argv)  # noqa: S606  running it is the point
    except (OSError, ValueError) as failure:
        os.write(2, f"{argv[0]}: {failure}\n".encode())
    finally:
        os._exit(CANNOT_START)


def main(text: str) -> None:
    """Shut the door, run the job, keep its outputs; exits with the job's code."""
    found = json.loads(text)
    order = Order(**{**found, "shown": tuple(found["shown"]), "argv": tuple(found["argv"])})
    load: Callable[[], None] = lambda: None  # noqa: E731
    os.umask(0o077)
    given = os.dup(0)
    if order.mode != "plain":
        load = call_filter.prepare()
        os.umask(0o022)
        shut(order)
        os.umask(0o077)
    os.chdir(order.home)
    for name in ("tmp", "outputs"):
        Path(name).mkdir(exist_ok=True)
    unpack(given, Path("outputs"))
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    code = run(order, load)
    if order.outputs_fd >= 0:
        for sentence in pack(Path("outputs"), order.outputs_fd, order.output_bytes):
            os.write(2, f"[gridhour] {sentence}\n".encode())
    sys.exit(code)


__all__ = ["HOME", "Order", "main"]
