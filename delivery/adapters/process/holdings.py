"""Hand-overs on this machine: started once, fenced by generation, ended for sure."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from counter.failpoints import failpoint
from delivery.adapters.connector import ConnectorFailed, Fenced
from delivery.adapters.process import groups, staging
from delivery.adapters.process.confinement import PLAIN, Cell, why_not
from delivery.adapters.process.meter import Span, read_spans
from delivery.adapters.process.places import (
    Holding,
    living_pid,
    read_json,
    start_ticks,
    write_json,
)
from delivery.domain.naming import base_of, generation_of

LEASE_S = 90
END_WAIT_S = 3
SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,90}$")


@dataclass(frozen=True)
class Holdings:
    """All hand-overs below one checkout's folder of state."""

    var: Path

    @property
    def root(self) -> Path:
        """Return the folder of hand-overs."""
        return self.var / "process"

    @property
    def mode(self) -> str:
        """Return how jobs are confined on this machine.

        Raises ConnectorFailed where they cannot be, unless a setting of development allows it.
        """
        mode, why = why_not(str(settings.BASE_DIR))
        if mode == PLAIN and not settings.PROCESS_UNISOLATED:
            msg = f"this machine cannot confine jobs ({why})"
            raise ConnectorFailed(msg)
        return mode

    def cell(self, base: str) -> Cell:
        """Return what confines the jobs of a hand-over."""
        house, network = str(settings.BASE_DIR), settings.PROCESS_NETWORK == "host"
        shown = tuple(settings.PROCESS_SHOWN)
        return Cell(self.mode, base, sys.prefix, sys.base_prefix, house, network, shown)

    def holding(self, base: str, generation: int) -> Holding:
        """Return the place of one generation."""
        if not SAFE_NAME.match(base):
            msg = "the name cannot be a folder's"
            raise ConnectorFailed(msg)
        return Holding(self.root / base / f"g{generation}")

    def ensure(self, base: str, generation: int) -> bool:
        """Let exactly this generation live; return whether it lived already.

        Raises Fenced when a later generation was made here.
        """
        holding = self.holding(base, generation)
        holding.jobs.mkdir(parents=True, exist_ok=True)
        with self._locked(base) as lock:
            latest = self._generations(base)[-1]
            if latest > generation:
                msg = f"{base} is at generation {latest}"
                raise Fenced(msg)
            for earlier in self._generations(base)[:-1]:
                _end(self.holding(base, earlier))
            if living_pid(holding):
                os.utime(holding.lease)
                return True
            _bury(holding)
            # Jobs see what comes here while they run, so that it is there before them.
            holding.data.mkdir(exist_ok=True)
            holding.data.chmod(0o755)
            failpoint("process.folder_made")
            self._start(holding, base, lock)
            failpoint("process.holder_started")
            return False

    @contextlib.contextmanager
    def _locked(self, base: str) -> Iterator[int]:
        with (self.root / base / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock.fileno()

    def _generations(self, base: str) -> list[int]:
        """Return the generations ever made here, in order; their folders are the memory."""
        return sorted(int(path.name[1:]) for path in (self.root / base).glob("g*"))

    def _start(self, holding: Holding, base: str, lock: int) -> None:
        """Start a holder, which keeps the lock until it has written its name.

        Should we be killed meanwhile, whoever comes next finds it alive and starts no second one.
        """
        holding.stop.unlink(missing_ok=True)
        holding.lease.touch()
        os.utime(holding.lease)
        house = int(os.environ.get("GRIDHOUR_SUPERVISOR_PID", "0"))
        write_json(
            holding.folder / "config.json",
            {
                "cell": asdict(self.cell(base)),
                "lease_s": getattr(settings, "PROCESS_LEASE_S", LEASE_S),
                "house_pid": house,
                "house_start_ticks": start_ticks(house) if house else 0,
            },
        )
        command = [sys.executable, "-S", "-m", "delivery.adapters.process.holder"]
        environment = {"PYTHONPATH": str(settings.BASE_DIR), "PATH": os.environ.get("PATH", "")}
        with (holding.folder / "holder.log").open("ab") as log:
            result = subprocess.run(  # noqa: S603  our own program
                [*command, str(holding.folder), str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd="/",
                check=False,
                timeout=20,
                pass_fds=(lock,),
            )
        if result.returncode != 0:
            msg = "the holder process did not start"
            raise ConnectorFailed(msg)

    def release(self, external_name: str) -> None:
        """End a hand-over; nothing happens when it is gone."""
        base, generation = base_of(external_name), generation_of(external_name)
        holding = self.holding(base, generation)
        if holding.folder.exists():
            with self._locked(base):
                _end(holding)
                failpoint("process.holder_ended")

    def living_names(self) -> list[str]:
        """Return the names of all hand-overs whose holder lives; end what killed ones left."""
        names = []
        for path in sorted(self.root.glob("*/g*/holder.json")):
            holding, base = Holding(path.parent), path.parent.parent.name
            if living_pid(holding):
                names.append(f"{base}-{path.parent.name}")
                continue
            with self._locked(base):
                if not living_pid(holding):
                    _bury(holding)
        return names

    def spans_of(self, base: str) -> Sequence[Span]:
        """Return what was held under any generation, in order of time."""
        spans: list[Span] = []
        for generation in self._generations(base):
            spans += read_spans(self.holding(base, generation).spans)
        return spans


def _end(holding: Holding) -> None:
    """Ask the holder to end, then make it; its jobs die with it."""
    pid = living_pid(holding)
    if not pid:
        _bury(holding)
        return
    holding.stop.touch()
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        # A stopped process takes no signal but the last.
        deadline = time.monotonic() + END_WAIT_S
        while living_pid(holding) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not living_pid(holding):
            _bury(holding)
            return
    msg = f"the holder process {pid} does not end"
    raise ConnectorFailed(msg)


def _bury(holding: Holding) -> None:
    """End what a holder left that was killed: its jobs' processes, their groups, data, its name.

    While a group does not go the name stays, so that it is noticed again.
    """
    _kill_left_jobs(holding)
    if groups.remove_left(groups.prefix_of(holding.folder)):
        staging.drop(holding)
        holding.holder.unlink(missing_ok=True)


def _kill_left_jobs(holding: Holding) -> None:
    """Kill jobs that outlived a killed holder, where nothing better confined them."""
    for path in holding.jobs.glob("*/state.json"):
        state = read_json(path)
        pid = int(state.get("pid", 0))
        if state.get("running") and pid and start_ticks(pid) == state.get("start_ticks"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
