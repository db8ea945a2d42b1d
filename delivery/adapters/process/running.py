"""Jobs of one holder: started confined, ended at their limits; standard library only."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from delivery.adapters.process import doorway, groups, kernel
from delivery.adapters.process.confinement import (
    PLAIN,
    PROCESSES_A_DEVICE,
    Cell,
    Work,
    confine,
    environment_of,
    memory_bytes,
)
from delivery.adapters.process.family import resident_bytes, steward_of
from delivery.adapters.process.places import Holding, read_json, start_ticks, write_json

# What the steward, Python itself, needs beside the job.
STEWARD_BYTES = 32 * 1024 * 1024
GRACE_S = 3.0
MEMORY_LOOK_S = 0.5


@dataclass
class Running:
    """A started job: its process, and when it must have ended (monotonic seconds)."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    ends_at: float
    devices: int
    group: groups.Group
    reason: str = ""
    killed_at: float | None = None
    warned: bool = False
    forced: bool = False
    looked_at: float = 0.0


@dataclass
class Jobs:
    """All jobs of a hand-over that this holder started."""

    holding: Holding
    config: dict[str, Any]
    running: dict[str, Running] = field(default_factory=dict)

    def note_lost(self) -> None:
        """Note that jobs of an earlier holder, which was killed, are lost with it."""
        for path in self.holding.jobs.glob("*/state.json"):
            if read_json(path).get("running"):
                lost = {"running": False, "exit_code": None, "reason": "lost with the hand-over"}
                write_json(path, lost)

    def look(self, now: float) -> None:
        """Start new jobs, end those that are over their limit or cancelled, note ends."""
        for folder in sorted(self.holding.jobs.iterdir()):
            ready = (folder / "spec.json").exists() and not (folder / "state.json").exists()
            if ready and folder.name not in self.running:
                self._start(folder, now)
        for name, job in list(self.running.items()):
            self._limit(job, now)
            if self._ended(job):
                del self.running[name]

    def _start(self, folder: Path, now: float) -> None:
        spec = read_json(folder / "spec.json")
        cell = Cell(**{**self.config["cell"], "shown": tuple(self.config["cell"]["shown"])})
        devices = int(spec["devices"])
        bounds = groups.Bounds(
            memory_bytes(devices) + STEWARD_BYTES, PROCESSES_A_DEVICE * devices, devices
        )
        prefix = groups.prefix_of(self.holding.folder)
        group = groups.make(f"{prefix}{folder.name}", bounds)
        try:
            process = _start_confined(cell, folder, spec, group, self._data())
        except OSError as failure:
            with (folder / "log").open("ab") as log:
                log.write(f"{failure}\n".encode())
            group.remove()
            state = {"running": False, "exit_code": 127, "reason": "cannot be started"}
            write_json(folder / "state.json", state)
            return
        named = {"pid": process.pid, "start_ticks": start_ticks(process.pid)}
        write_json(folder / "state.json", {"running": True, **named})
        ends_at = now + int(spec["time_limit_s"])
        self.running[folder.name] = Running(folder, process, ends_at, devices, group)

    def _data(self) -> str:
        """Return the folder of data; none in a hand-over that was made before there was one."""
        return str(self.holding.data) if self.holding.data.is_dir() else ""

    def _limit(self, job: Running, now: float) -> None:
        """Ask a job to end when it must, and kill it after its grace."""
        if job.killed_at is not None:
            if now >= job.killed_at:
                _signal(job, signal.SIGKILL)
            return
        job.reason = self._why_it_must_end(job, now)
        if job.reason:
            hard = job.reason == "memory limit"
            _signal(job, signal.SIGKILL if hard else signal.SIGTERM)
            job.killed_at = now + GRACE_S

    def _why_it_must_end(self, job: Running, now: float) -> str:
        if (job.folder / "cancel").exists():
            return "cancelled"
        if now >= job.ends_at:
            return "time limit"
        asked = read_json(job.folder / "checkpoint")
        if asked and not job.warned:
            job.warned = True
            job.ends_at = min(job.ends_at, now + int(asked["seconds"]))
            _signal(job, signal.SIGUSR1)
        if now - job.looked_at > MEMORY_LOOK_S:
            job.looked_at = now
            return "memory limit" if _takes_too_much(job) else ""
        return ""

    def _ended(self, job: Running) -> bool:
        """Reap the process when it is over and note what it used, as the kernel counted."""
        pid, status, usage = os.wait4(job.process.pid, os.WNOHANG)
        if pid == 0:
            return False
        self._note(job, status, usage)
        return True

    def _note(self, job: Running, status: int, usage: Any) -> None:
        code = os.waitstatus_to_exitcode(status)
        # What wraps the cell reports its own failure where the cell was killed.
        job.process.returncode = 128 + signal.SIGKILL if job.forced else code
        if job.group.ran_out_of_memory() and job.process.returncode != 0:
            job.reason = job.reason or "memory limit"
        if job.warned and job.reason in {"", "time limit"}:
            # A job that saved its state and left goes on elsewhere, whatever its code.
            job.reason = "preempted"
        job.group.remove()
        state = {
            "running": False,
            "exit_code": job.process.returncode,
            "reason": job.reason,
            "cpu_ms": int((usage.ru_utime + usage.ru_stime) * 1000),
        }
        with contextlib.suppress(FileNotFoundError):
            write_json(job.folder / "state.json", state)

    def kill_all(self, reason: str) -> None:
        """End every job and note why."""
        for job in self.running.values():
            job.reason = job.reason or reason
            _signal(job, signal.SIGKILL)
            _pid, status, usage = os.wait4(job.process.pid, 0)
            self._note(job, status, usage)
        self.running.clear()
        groups.remove_left(groups.prefix_of(self.holding.folder))


def _start_confined(
    cell: Cell, folder: Path, spec: dict[str, Any], group: groups.Group, data: str
) -> "subprocess.Popen[bytes]":
    scratch = folder / "scratch"
    # The cell's root is mounted here, by an account that may not write to our folders.
    scratch.mkdir(mode=0o700, exist_ok=True)
    begin = folder / "begin.tar"
    with (
        (folder / "log").open("ab") as log,
        (folder / "outputs.tar").open("wb") as outputs,
        (begin if begin.exists() else Path(os.devnull)).open("rb") as first,
        _door(cell, folder, spec) as door,
    ):
        work = Work(
            folder.name,
            list(spec["argv"]),
            int(spec["devices"]),
            int(spec["time_limit_s"]),
            str(scratch),
            outputs.fileno(),
            int(spec.get("output_bytes", 0)),
            door,
            int(spec.get("port", 0)),
            bool(spec.get("entered")),
            data,
        )
        return subprocess.Popen(  # noqa: S603  running it is the point
            confine(cell, work),
            stdin=first,
            stdout=log,
            stderr=log,
            cwd="/" if cell.mode != PLAIN else scratch,
            env=environment_of(cell, work, spec.get("env", {})),
            start_new_session=True,
            pass_fds=[passed for passed in (outputs.fileno(), door) if passed >= 0],
            preexec_fn=partial(_begin_in, group),
        )


def _begin_in(group: groups.Group) -> None:
    """Tie the child to this process, and count it with its job, before its program begins."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    group.enter()


@contextlib.contextmanager
def _door(cell: Cell, folder: Path, spec: dict[str, Any]) -> Iterator[int]:
    """Yield the listening end for a job that is entered, -1 for another.

    OSError without a cell, and for a port in one that shares a network: there the port inside
    would be a port of this machine, and the buyer could name any.
    """
    if not (spec.get("port") or spec.get("entered")):
        yield -1
        return
    if cell.mode == PLAIN or (cell.network and spec.get("port")):
        msg = "what is entered needs a cell, and a service one with a network of its own"
        raise OSError(msg)
    with doorway.listen(folder) as listener:
        yield listener.fileno()


def _takes_too_much(job: Running) -> bool:
    """Ask the kernel; where it does not count the whole job, count its processes."""
    if job.group.bounds_memory:
        return job.group.ran_out_of_memory()
    return resident_bytes(job.process.pid) > memory_bytes(job.devices) + STEWARD_BYTES


def _signal(job: Running, number: signal.Signals) -> None:
    """Send to the job's steward, which passes it on; without its steward no job lives."""
    job.forced = job.forced or number == signal.SIGKILL
    with contextlib.suppress(ProcessLookupError):
        os.kill(steward_of(job.process.pid), number)
