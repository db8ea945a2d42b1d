"""A site that is made up, and says so: hand-overs are files, readings are full quarters."""

import re
from collections.abc import Sequence
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

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,90}")


class SimulatedConnector:
    """Remembers hand-overs over restarts, each as an empty file. Nothing runs."""

    def __init__(self, state: Path) -> None:
        """Keep hand-overs below the folder of state."""
        self.folder = state / "simulated"
        self.folder.mkdir(parents=True, exist_ok=True)

    def ensure(self, handover: Handover) -> None:
        """Make or adopt the hand-over; refuse it where a later generation was made."""
        latest = max(self._generations(handover.chain), default=0)
        if latest > handover.generation:
            msg = f"{handover.chain} is at generation {latest}"
            raise Fenced(msg)
        for earlier in self._generations(handover.chain):
            if earlier < handover.generation:
                self.release(f"{handover.chain}-g{earlier}")
        self._file(handover.name).write_text("held")

    def inspect(self, name: str) -> Status:
        """Tell whether it was made and not ended."""
        return Status(alive=name in self.inventory(), detail="simulated")

    def release(self, name: str) -> None:
        """End it; its file stays as the memory of its generation."""
        if self._file(name).exists():
            self._file(name).write_text("ended")

    def accept_test(self, handover: Handover) -> Measured:
        """Return exactly what was contracted, marked as simulated."""
        if handover.name not in self.inventory():
            msg = "there is no such hand-over"
            raise ConnectorFailed(msg)
        return Measured(handover.devices, handover.gflops_per_device, {"method": "simulated"})

    def read_meter(
        self, handover: Handover, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Return full quarters."""
        return [
            Metered(window.interval_start, handover.devices * QUARTER_SECONDS) for window in windows
        ]

    def run_job(self, name: str, job: JobSpec) -> None:
        """Note that the job was asked for."""
        self._file(f"{name}.job.{job.name}").write_text("simulated: nothing ran\n")

    def jobs(self, name: str) -> dict[str, JobStatus]:
        """Say that every job ended well."""
        prefix = f"{name}.job."
        found = sorted(path.name for path in self.folder.iterdir() if path.name.startswith(prefix))
        return {one[len(prefix) :]: JobStatus(running=False, exit_code=0) for one in found}

    def job_log(self, name: str, job: str, offset: int) -> bytes:
        """Return a log that says it is simulated."""
        path = self._file(f"{name}.job.{job}")
        return path.read_bytes()[offset:] if path.exists() else b""

    def cancel_job(self, name: str, job: str) -> None:
        """Do nothing: the job has ended."""

    def inventory(self) -> Sequence[str]:
        """Return the names that were made and not ended."""
        held = [
            path.name
            for path in self.folder.iterdir()
            if ".job." not in path.name and path.read_text() == "held"
        ]
        return sorted(held)

    def _generations(self, chain: str) -> list[int]:
        digits = [path.name.rpartition("-g")[2] for path in self.folder.glob(f"{chain}-g*")]
        return sorted(int(one) for one in digits if one.isdecimal())

    def _file(self, name: str) -> Path:
        if not SAFE.fullmatch(name) and ".job." not in name:
            msg = "the name cannot be a file's"
            raise ConnectorFailed(msg)
        if "/" in name:
            msg = "the name cannot be a file's"
            raise ConnectorFailed(msg)
        return self.folder / name
