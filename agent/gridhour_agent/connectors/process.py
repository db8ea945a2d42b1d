"""The process connector: a device is one processor slot of this machine, held by a process."""

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from gridhour_agent.connector import (
    QUARTER_SECONDS,
    ConnectorFailed,
    Fenced,
    Handover,
    JobSpec,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from gridhour_agent.connectors.jobs import account_for, bury
from gridhour_agent.connectors.measuring import measure
from gridhour_agent.connectors.places import Place, read_json, write_json
from gridhour_agent.failpoints import failpoint

LEASE_S = 300
PIECE_BYTES = 16 * 1024
MISSED_NS = 2_000_000_000
END_WAIT_S = 3.0
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,90}")


class ProcessConnector:
    """One holder process a hand-over; generations are folders, which are the memory."""

    def __init__(self, state: Path) -> None:
        """Keep hand-overs below the folder of state."""
        self.root = state / "process"
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def ensure(self, handover: Handover) -> None:
        """Start the holder or adopt the one that lives; end earlier generations."""
        place = self._place(handover.name)
        place.jobs.mkdir(parents=True, exist_ok=True)
        account_for(self.root, handover.chain)
        with self._locked(handover.chain) as lock:
            latest = max(self._generations(handover.chain))
            if latest > handover.generation:
                msg = f"{handover.chain} is at generation {latest}"
                raise Fenced(msg)
            for earlier in self._generations(handover.chain)[:-1]:
                _end(self._place(f"{handover.chain}-g{earlier}"))
            place.lease.touch()
            if not place.living_pid():
                bury(place)
                place.stop.unlink(missing_ok=True)
                _start(place, lock)
        failpoint("agent.made")

    def inspect(self, name: str) -> Status:
        """Renew the lease; tell whether the holder lives."""
        place = self._place(name)
        if not place.living_pid():
            return Status(alive=False, detail="the holder process is gone")
        place.lease.touch()
        return Status(alive=True)

    def release(self, name: str) -> None:
        """End the holder and its jobs."""
        place = self._place(name)
        if place.folder.exists():
            with self._locked(Handover(name).chain):
                _end(place)

    def accept_test(self, handover: Handover) -> Measured:
        """Multiply matrices, one thread a device."""
        if not self._place(handover.name).living_pid():
            msg = "the holder process is gone"
            raise ConnectorFailed(msg)
        return measure(handover.devices)

    def read_meter(
        self, handover: Handover, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Convert the share of wall time held to each market quarter, under any generation."""
        spans: list[tuple[int, int]] = []
        for generation in self._generations(handover.chain):
            spans += _spans(self._place(f"{handover.chain}-g{generation}"))
        return [_metered(handover.devices, spans, window) for window in windows]

    def run_job(self, name: str, job: JobSpec) -> None:
        """Leave the job for the holder; it needs an account of its own, hence root."""
        if os.geteuid() != 0:
            msg = "jobs need accounts of their own: the agent does not run as root"
            raise ConnectorFailed(msg)
        if not self._place(name).living_pid():
            msg = "the holder process is gone"
            raise ConnectorFailed(msg)
        folder = self._job(name, job.name)
        folder.mkdir(exist_ok=True)
        spec = {"argv": list(job.argv), "time_limit_s": job.time_limit_s, "env": dict(job.env)}
        if not (folder / "spec.json").exists():
            write_json(folder / "spec.json", spec)

    def jobs(self, name: str) -> dict[str, JobStatus]:
        """Read what the holder wrote of each job."""
        place = self._place(name)
        alive = bool(place.living_pid())
        return {
            spec.parent.name: _job_status(read_json(spec.parent / "state.json"), alive=alive)
            for spec in sorted(place.jobs.glob("*/spec.json"))
        }

    def job_log(self, name: str, job: str, offset: int) -> bytes:
        """Return the next piece of the job's output."""
        path = self._job(name, job) / "log"
        if not path.exists():
            return b""
        with path.open("rb") as log:
            log.seek(offset)
            return log.read(PIECE_BYTES)

    def cancel_job(self, name: str, job: str) -> None:
        """Ask the holder to kill the job."""
        folder = self._job(name, job)
        if folder.exists():
            (folder / "cancel").touch()

    def inventory(self) -> Sequence[str]:
        """Return the names of all hand-overs whose holder lives; end what killed ones left."""
        names = []
        for path in sorted(self.root.glob("*/g*/holder.json")):
            place, chain = Place(path.parent), path.parent.parent.name
            if place.living_pid():
                names.append(f"{chain}-{place.folder.name}")
                continue
            with self._locked(chain):
                if not place.living_pid():
                    bury(place)
        return names

    def _place(self, name: str) -> Place:
        handover = Handover(name)
        if not SAFE.fullmatch(handover.chain):
            msg = "the name cannot be a folder's"
            raise ConnectorFailed(msg)
        return Place(self.root / handover.chain / f"g{handover.generation}")

    def _job(self, name: str, job: str) -> Path:
        if not SAFE.fullmatch(job):
            msg = "the job's name cannot be a folder's"
            raise ConnectorFailed(msg)
        return self._place(name).jobs / job

    @contextlib.contextmanager
    def _locked(self, chain: str) -> Iterator[int]:
        with (self.root / chain / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock.fileno()

    def _generations(self, chain: str) -> list[int]:
        """Return the generations ever made here, in order."""
        return sorted(int(path.name[1:]) for path in (self.root / chain).glob("g*"))


def _start(place: Place, lock: int) -> None:
    """Start a holder, which keeps the lock until it has written its name.

    Should we be killed meanwhile, whoever comes next finds it alive and starts no second one.
    """
    holder = [sys.executable, "-m", "gridhour_agent.connectors.holder"]
    with (place.folder / "holder.log").open("ab") as log:
        result = subprocess.run(  # noqa: S603  our own program
            [*holder, json.dumps([str(place.folder), str(LEASE_S), str(lock)])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(sys.path)},
            pass_fds=(lock,),
            check=False,
            timeout=20,
        )
    if result.returncode != 0:
        msg = "the holder process did not start"
        raise ConnectorFailed(msg)


def _end(place: Place) -> None:
    """Ask the holder to end, which ends its jobs; then make it."""
    pid = place.living_pid()
    if not pid:
        bury(place)
        return
    place.stop.touch()
    deadline = time.monotonic() + END_WAIT_S
    while place.living_pid() and time.monotonic() < deadline:
        time.sleep(0.05)
    if place.living_pid():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        bury(place)


def _spans(place: Place) -> list[tuple[int, int]]:
    try:
        lines = place.spans.read_text().splitlines()
    except FileNotFoundError:
        return []
    whole = [line.split() for line in lines if len(line) == 41]
    spans = [(int(start), int(end)) for start, end in whole]
    if spans and place.living_pid():
        # Between two ticks the devices are held.
        spans[-1] = (spans[-1][0], spans[-1][1] + MISSED_NS)
    return spans


def _metered(devices: int, spans: Sequence[tuple[int, int]], window: MeterWindow) -> Metered:
    from_ns, to_ns = _ns(window.wall_from), _ns(window.wall_to)
    held = sum(max(0, min(end, to_ns) - max(start, from_ns)) for start, end in spans)
    whole = devices * QUARTER_SECONDS
    if to_ns <= from_ns:
        # The market stepped over the quarter: what is held at that moment counts.
        delivered = whole if any(start <= to_ns <= end for start, end in spans) else 0
    else:
        delivered = whole * min(held, to_ns - from_ns) // (to_ns - from_ns)
    return Metered(window.interval_start, delivered)


def _ns(at: datetime) -> int:
    return int(at.timestamp() * 1e6) * 1_000


def _job_status(state: dict[str, object], *, alive: bool) -> JobStatus:
    if state.get("running", True):
        return JobStatus(running=alive, reason="" if alive else "lost with the hand-over")
    code, cpu_ms = state.get("exit_code"), state.get("cpu_ms")
    return JobStatus(
        running=False,
        exit_code=code if isinstance(code, int) else None,
        reason=str(state.get("reason", "")),
        cpu_ms=cpu_ms if isinstance(cpu_ms, int) else None,
    )
