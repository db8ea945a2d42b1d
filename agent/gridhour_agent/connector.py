"""What a kind of site can do; the shape is that of the platform's own connectors."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

# A meter is read by the quarter-hour of market time.
QUARTER_SECONDS = 900


class ConnectorFailed(Exception):
    """The site could not do it now; trying again may help."""


class Fenced(ConnectorFailed):
    """The site knows a later generation of this hand-over; this one must stop."""


@dataclass(frozen=True)
class Handover:
    """One generation of a hand-over, by the names and figures of a command."""

    name: str
    devices: int = 0
    gflops_per_device: int = 0
    pool: str = ""
    stack: str = ""

    @property
    def chain(self) -> str:
        """Return the name without its generation."""
        return self.name.rpartition("-g")[0]

    @property
    def generation(self) -> int:
        """Return the generation in the name; ConnectorFailed when it has none."""
        digits = self.name.rpartition("-g")[2]
        if not digits.isdecimal() or not self.chain:
            msg = f"{self.name} is not the name of a hand-over"
            raise ConnectorFailed(msg)
        return int(digits)


@dataclass(frozen=True)
class Status:
    """How a hand-over is. Not alive: it must be made anew."""

    alive: bool
    healthy: bool = True
    detail: str = ""


@dataclass(frozen=True)
class Measured:
    """The result of an acceptance test: the slowest device counts."""

    devices_found: int
    gflops_per_device: int
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MeterWindow:
    """A market quarter and the wall-clock stretch in which it passed."""

    interval_start: datetime
    wall_from: datetime
    wall_to: datetime


@dataclass(frozen=True)
class Metered:
    """Device-seconds of one market quarter."""

    interval_start: datetime
    delivered_device_seconds: int
    unhealthy_device_seconds: int = 0


@dataclass(frozen=True)
class JobSpec:
    """One job: its name makes starting twice harmless."""

    name: str
    argv: tuple[str, ...]
    devices: int
    time_limit_s: int
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class JobStatus:
    """Where a job stands. `exit_code` is None while it runs."""

    running: bool
    exit_code: int | None = None
    reason: str = ""
    cpu_ms: int | None = None


class Connector(Protocol):
    """What a kind of site can do. Every call may be repeated; names make it harmless."""

    def ensure(self, handover: Handover) -> None:
        """Create the hand-over, or adopt it when its name exists; end earlier generations.

        Raises Fenced when a later generation is known.
        """

    def inspect(self, name: str) -> Status:
        """Tell how the hand-over is, and renew its lease at the site."""

    def release(self, name: str) -> None:
        """End the hand-over and its jobs; nothing happens when it is gone already."""

    def accept_test(self, handover: Handover) -> Measured:
        """Measure what was handed over."""

    def read_meter(
        self, handover: Handover, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Return each quarter's device-seconds; None where the meter is silent."""

    def run_job(self, name: str, job: JobSpec) -> None:
        """Start the job unless it was started."""

    def jobs(self, name: str) -> dict[str, JobStatus]:
        """Return where each job of the hand-over stands."""

    def job_log(self, name: str, job: str, offset: int) -> bytes:
        """Return the job's output from a byte offset on, at most one piece."""

    def cancel_job(self, name: str, job: str) -> None:
        """Stop the job; nothing happens when it has ended."""

    def inventory(self) -> Sequence[str]:
        """Return the names of all hand-overs that live."""


KINDS = {
    "simulated": "gridhour_agent.connectors.simulated:SimulatedConnector",
    "process": "gridhour_agent.connectors.process:ProcessConnector",
    "slurm": "gridhour_agent.connectors.slurm:SlurmConnector",
}


def connector_named(name: str, state: Path) -> Connector:
    """Return the connector of a key, or of `module:Class`; ConnectorFailed when there is none."""
    module, _, kind = KINDS.get(name, name).partition(":")
    try:
        connector: Connector = getattr(importlib.import_module(module), kind)(state)
    except (ImportError, AttributeError, ValueError) as failure:
        msg = f"no connector {name}: {failure}"
        raise ConnectorFailed(msg) from failure
    return connector
