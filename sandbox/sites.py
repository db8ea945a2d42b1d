"""Simulated sites: the same weather for the same place and time, failing as settings say."""

import hashlib
import time
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.cache import cache

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.signatures import sign_for_site
from delivery.domain.handover import (
    AllocationView,
    Handle,
    Held,
    JobSpec,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from exchange.units import BP, QUARTER_SECONDS

# What a simulated site remembers of data: it may be forgotten, then it is brought again.
REMEMBERED_S = 24 * 3_600
# Nobody asked for so long: what a line could have brought meanwhile is lost.
LINE_KEEPS_S = 10


def draw(*parts: object) -> int:
    """Return a number below 10,000 that depends on nothing but the parts."""
    digest = hashlib.sha256("|".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") % BP


def _place(view: AllocationView) -> tuple[object, ...]:
    """Return what trouble depends on: never a number that another order of events would change."""
    return view.pool_code, view.starts_at.isoformat(), view.devices


def _shelf(view: AllocationView) -> str:
    return f"simulated-data:{view.external_name}"


class SimulatedConnector:
    """Stands in for real sites. Nothing runs: readings and job logs are made up, and say so.

    Data is counted and thrown away, at a pace of wall time that settings name.
    """

    takes_data = True

    def _happens(self, share: str, *parts: object) -> bool:
        """Tell whether trouble strikes: as often as settings say, always for the same parts."""
        return draw(share, *parts) < int(settings.SIMULATED_SITES.get(share, 0))

    def ensure(self, view: AllocationView) -> Handle:
        """Hand over at once, or fail for good where the draw says so."""
        if self._happens("provision_failure_bp", *_place(view)):
            msg = "simulated: no node answered"
            raise ConnectorFailed(msg)
        return Handle(view.external_name, view.generation)

    def inspect(self, view: AllocationView) -> Status:
        """Say that all is well."""
        return Status(alive=True, healthy=True, detail="simulated")

    def release(self, external_name: str) -> None:
        """Do nothing: nothing was made."""

    def accept_test(self, view: AllocationView) -> Measured:
        """Return 100 to 108 % of what was contracted, or 60 % where the draw says so."""
        place = _place(view)
        share_bp = BP + draw("acceptance", *place) * 800 // BP
        if self._happens("acceptance_failure_bp", *place):
            share_bp = 6_000
        return Measured(
            devices_found=view.devices,
            gflops_per_device=view.gflops_per_device * share_bp // BP,
            evidence={"method": "simulated", "share_bp": share_bp},
        )

    def read_meter(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Return full quarters but for those that draw trouble or silence."""
        return [self._quarter(view, window) for window in windows]

    def _quarter(self, view: AllocationView, window: MeterWindow) -> Metered | None:
        start = window.interval_start
        name = (*_place(view), start.isoformat())
        if self._happens("silent_bp", *name):
            return None
        whole = view.devices * QUARTER_SECONDS
        unhealthy = 0
        if self._happens("unhealthy_bp", *name):
            unhealthy = (1 + draw("seconds", *name) * QUARTER_SECONDS // BP) * max(
                1, view.devices // 8
            )
        return Metered(start, whole - unhealthy, unhealthy)

    def run_job(self, view: AllocationView, job: JobSpec) -> None:
        """Do nothing: the job's state is known from its name."""

    def job_state(self, view: AllocationView, external_id: str) -> JobStatus:
        """Say that the job ended well."""
        return JobStatus(known=True, exit_code=0, cpu_ms=0)

    def job_log(self, view: AllocationView, external_id: str, offset: int) -> bytes:
        """Return a log that says it is simulated."""
        text = (
            f"simulated site {view.site_code}: nothing ran\n"
            f"{external_id} on {view.devices} devices of {view.pool_code}: exit 0\n"
        )
        return text.encode()[offset:]

    def cancel_job(self, view: AllocationView, external_id: str) -> None:
        """Do nothing: the job has ended."""

    def staged(self, view: AllocationView) -> Mapping[str, Held]:
        """Return what was counted of each file."""
        return {
            name: Held(size, sealed) for name, (size, _at, sealed) in self._counted(view).items()
        }

    def stage(self, view: AllocationView, name: str, offset: int, content: bytes) -> int:
        """Count as many bytes as a line of that pace brings since the last ones."""
        counted, now = self._counted(view), time.time()
        size, at, _sealed = counted.get(name, (0, now, False))
        if offset > size:
            msg = f"simulated: {name} would have a gap before {offset}"
            raise ConnectorFailed(msg)
        pace, took = int(settings.SIMULATED_SITES.get("data_bytes_a_second", 0)), len(content)
        if pace:
            at = max(at, now - LINE_KEEPS_S)
            took = min(took, int((now - at) * pace))
            at += took / pace
        counted[name] = (max(size, offset + took), at, False)
        self._remember(view, counted)
        return took

    def seal_staged(self, view: AllocationView, name: str, sha256: str) -> bool:
        """Say that the hash is right: nothing was kept of which it could be wrong."""
        counted = self._counted(view)
        size, at, _sealed = counted.get(name, (0, 0.0, False))
        self._remember(view, counted | {name: (size, at, True)})
        return True

    def _counted(self, view: AllocationView) -> dict[str, tuple[int, float, bool]]:
        found: dict[str, tuple[int, float, bool]] = cache.get(_shelf(view), {})
        return found

    def _remember(self, view: AllocationView, counted: dict[str, tuple[int, float, bool]]) -> None:
        cache.set(_shelf(view), counted, REMEMBERED_S)

    def inventory(self) -> Sequence[str]:
        """Return nothing: simulated hand-overs leave no trace."""
        return []

    def sign(self, site_code: str, message: bytes) -> tuple[str, str]:
        """Sign with the key that the sandbox keeps for the site."""
        return sign_for_site(site_code, message)
