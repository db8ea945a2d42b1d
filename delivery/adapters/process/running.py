"""Jobs of one holder: started confined, ended at their limits; standard library only."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery.adapters.process.confinement import MEBIBYTE, Cell, confine, environment_of
from delivery.adapters.process.places import Holding, read_json, start_ticks, write_json

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass
class Running:
    """A started job: its process, and when it must have ended (monotonic seconds)."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    ends_at: float
    reason: str = ""


@dataclass
class Jobs:
    """All jobs of a hand-over that this holder started."""

    holding: Holding
    config: dict[str, Any]
    running: dict[str, Running] = field(default_factory=dict)

    def look(self, now: float) -> None:
        """Start new jobs, end those that are over their limit or cancelled, note ends."""
        for folder in sorted(self.holding.jobs.iterdir()):
            ready = (folder / "spec.json").exists() and not (folder / "state.json").exists()
            if ready and folder.name not in self.running:
                self._start(folder, now)
        for name, job in list(self.running.items()):
            if not job.reason:
                self._limit(job, now)
            if self._ended(job):
                del self.running[name]

    def _start(self, folder: Path, now: float) -> None:
        spec = read_json(folder / "spec.json")
        devices = int(spec["devices"])
        cell = Cell(**self.config["cell"])
        scratch = folder / "scratch"
        scratch.mkdir(mode=0o700, exist_ok=True)
        with (folder / "log").open("ab") as log:
            try:
                process = subprocess.Popen(  # noqa: S603  running it is the point
                    confine(cell, devices, list(spec["argv"])),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=scratch,
                    env=environment_of(cell, str(scratch), folder.name, devices),
                    start_new_session=True,
                    preexec_fn=lambda: _limits(devices, int(spec["time_limit_s"])),
                )
            except OSError as failure:
                log.write(f"{failure}\n".encode())
                state = {"running": False, "exit_code": 127, "reason": "cannot be started"}
                write_json(folder / "state.json", state)
                return
        named = {"pid": process.pid, "start_ticks": start_ticks(process.pid)}
        write_json(folder / "state.json", {"running": True, **named})
        self.running[folder.name] = Running(folder, process, now + int(spec["time_limit_s"]))

    def _limit(self, job: Running, now: float) -> None:
        if (job.folder / "cancel").exists():
            job.reason = "cancelled"
        elif now >= job.ends_at:
            job.reason = "time limit"
        if job.reason:
            _kill(job)

    def _ended(self, job: Running) -> bool:
        """Reap the process when it is over and note what it used, as the kernel counted."""
        pid, status, usage = os.wait4(job.process.pid, os.WNOHANG)
        if pid == 0:
            return False
        job.process.returncode = os.waitstatus_to_exitcode(status)
        write_json(
            job.folder / "state.json",
            {
                "running": False,
                "exit_code": job.process.returncode,
                "reason": job.reason,
                "cpu_ms": int((usage.ru_utime + usage.ru_stime) * 1000),
            },
        )
        return True

    def kill_all(self, reason: str) -> None:
        """End every job and note why."""
        for job in self.running.values():
            job.reason = job.reason or reason
            _kill(job)
            pid, status, usage = os.wait4(job.process.pid, 0)
            job.process.returncode = os.waitstatus_to_exitcode(status) if pid else -9
            state = {"running": False, "exit_code": job.process.returncode, "reason": job.reason}
            state["cpu_ms"] = int((usage.ru_utime + usage.ru_stime) * 1000)
            with contextlib.suppress(FileNotFoundError):
                write_json(job.folder / "state.json", state)
        self.running.clear()


def _kill(job: Running) -> None:
    try:
        os.killpg(job.process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _limits(devices: int, time_limit_s: int) -> None:
    """Bound the job before it starts, and let it die with its holder."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    bounds = {
        resource.RLIMIT_CPU: (time_limit_s + 5) * devices,
        resource.RLIMIT_AS: 2048 * MEBIBYTE * devices,
        resource.RLIMIT_NPROC: 64 * devices,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_FSIZE: 64 * MEBIBYTE,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        hard = resource.getrlimit(kind)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (bound, bound))
