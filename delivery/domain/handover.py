"""What a site must know to hand over: frozen, no database row leaves the house."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AllocationView:
    """One generation of an allocation, as connectors see it."""

    allocation_id: int
    base_name: str
    external_name: str
    generation: int
    site_code: str
    pool_code: str
    stack: str
    devices: int
    gflops_per_device: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Handle:
    """A hand-over that exists at the site."""

    external_name: str
    generation: int
    adopted: bool = False


@dataclass(frozen=True)
class Status:
    """What the site says of a hand-over. Not alive: it must be made anew."""

    alive: bool
    healthy: bool
    detail: str = ""


@dataclass(frozen=True)
class Measured:
    """The result of an acceptance test: the slowest device counts."""

    devices_found: int
    gflops_per_device: int
    evidence: dict[str, object]


@dataclass(frozen=True)
class MeterWindow:
    """A market quarter and the wall-clock stretch in which it passed."""

    interval_start: datetime
    wall_from: datetime
    wall_to: datetime


@dataclass(frozen=True)
class Metered:
    """Device-seconds of one market quarter, and evidence from the kernel."""

    interval_start: datetime
    delivered_device_seconds: int
    unhealthy_device_seconds: int = 0
    cpu_ms: int | None = None


@dataclass(frozen=True)
class Held:
    """What a site holds of a file; sealed: it is whole, its hash was checked, jobs see it."""

    size_bytes: int
    sealed: bool = False


@dataclass(frozen=True)
class JobSpec:
    """One job as the site runs it: `external_id` makes starting twice harmless."""

    external_id: str
    argv: tuple[str, ...]
    devices: int
    time_limit_s: int
    env: tuple[tuple[str, str], ...] = ()
    # The port of its own loopback at which it serves; 0 where nobody comes in.
    port: int = 0
    # People come in: its door gives each a shell beside the job.
    entered: bool = False


@dataclass(frozen=True)
class JobStatus:
    """Where a job stands at the site. `exit_code` is None while it runs."""

    known: bool
    running: bool = False
    exit_code: int | None = None
    reason: str = ""
    cpu_ms: int | None = None
