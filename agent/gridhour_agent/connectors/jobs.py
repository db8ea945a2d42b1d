"""Jobs of one hand-over, run by its holder under an account of their own and under limits."""

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gridhour_agent.connectors.places import Place, process_started, read_json, write_json

FIRST_ACCOUNT = 61_000
ACCOUNTS = 4_000
GIB = 1 << 30
PR_SET_PDEATHSIG = 1
LIMITS = {
    resource.RLIMIT_AS: 4 * GIB,
    resource.RLIMIT_NPROC: 256,
    resource.RLIMIT_NOFILE: 256,
    resource.RLIMIT_FSIZE: GIB // 4,
    resource.RLIMIT_CORE: 0,
}


def account_for(root: Path, chain: str) -> int:
    """Return the hand-over's own account number, given at its first use and kept.

    No two of the last 4,000 hand-overs share one, and none owns the agent's key.
    """
    kept = root / chain / "account"
    with (root / "last-account").open("a+") as last:
        fcntl.flock(last, fcntl.LOCK_EX)
        if not kept.exists():
            last.seek(0)
            number = (int(last.read() or "0") + 1) % ACCOUNTS
            last.truncate(0)
            last.write(str(number))
            last.flush()
            kept.write_text(str(FIRST_ACCOUNT + number))
    return int(kept.read_text())


class Jobs:
    """The jobs that a holder has started; their folders are what the agent reads."""

    def __init__(self, place: Place) -> None:
        """Run jobs of this place; those of an earlier holder are lost."""
        self.place = place
        self.running: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
        bury(place, holder_too=False)

    def look(self) -> None:
        """Start what was left to start, and note what has ended, was cancelled or is over time."""
        for spec in self.place.jobs.glob("*/spec.json"):
            folder = spec.parent
            if folder.name not in self.running and not (folder / "state.json").exists():
                self._start(folder, read_json(spec))
        for name, (process, deadline) in list(self.running.items()):
            folder = self.place.jobs / name
            reason = ""
            if process.poll() is None:
                reason = _why_to_end(folder, deadline)
                if not reason:
                    continue
                _kill(process)
            _kill_group(process.pid)
            _end(folder, process.wait(), reason)
            del self.running[name]

    def end_all(self) -> None:
        """Kill what runs: the hand-over ends."""
        for name, (process, _deadline) in self.running.items():
            _kill(process)
            _end(self.place.jobs / name, process.wait(), "the hand-over ended")
        self.running.clear()

    def _start(self, folder: Path, spec: Mapping[str, Any]) -> None:
        account = int((self.place.folder.parent / "account").read_text())
        work = folder / "work"
        work.mkdir(exist_ok=True)
        os.chown(work, account, account)
        limit_s = int(spec["time_limit_s"])
        write_json(folder / "state.json", {"running": True})
        try:
            with (folder / "log").open("ab") as log:
                process = subprocess.Popen(  # noqa: S603  the buyer's job, under its own account
                    [str(part) for part in spec["argv"]],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=work,
                    env={"PATH": "/usr/bin:/bin", "HOME": "."} | dict(spec.get("env", {})),
                    user=account,
                    group=account,
                    extra_groups=[],
                    start_new_session=True,
                    preexec_fn=lambda: _limit(limit_s),
                )
        except (OSError, ValueError, subprocess.SubprocessError) as failure:
            _end(folder, None, f"it did not start: {failure}")
            return
        named = {"pid": process.pid, "started": process_started(process.pid)}
        write_json(folder / "state.json", {"running": True, **named})
        self.running[folder.name] = (process, time.monotonic() + limit_s)


def bury(place: Place, *, holder_too: bool = True) -> None:
    """End what a holder left that was killed: its jobs, and the file that names it."""
    for path in place.jobs.glob("*/state.json"):
        state = read_json(path)
        if state.get("running"):
            pid = int(state.get("pid", 0))
            if pid and process_started(pid) in {0, state.get("started")}:
                # The first process may be gone already, others of its group not.
                _kill_group(pid)
            _end(path.parent, None, "lost with the hand-over")
    if holder_too:
        place.holder.unlink(missing_ok=True)


LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _limit(limit_s: int) -> None:
    if LIBC is not None:
        # A job does not outlive its holder, however that ends.
        LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s * 64, limit_s * 64 + 1))
    for which, most in LIMITS.items():
        resource.setrlimit(which, (most, most))


def _why_to_end(folder: Path, deadline: float) -> str:
    if (folder / "cancel").exists():
        return "cancelled"
    return "time limit" if time.monotonic() > deadline else ""


def _kill(process: subprocess.Popen[bytes]) -> None:
    _kill_group(process.pid)
    process.kill()


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _end(folder: Path, exit_code: int | None, reason: str) -> None:
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    state = {"running": False, "exit_code": exit_code, "reason": reason[:200]}
    # Of all jobs of the hand-over so far: evidence, never billed.
    state["cpu_ms"] = int((cpu.ru_utime + cpu.ru_stime) * 1_000)
    write_json(folder / "state.json", state)
