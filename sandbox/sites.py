"""Simulated sites: the same weather for the same place and time, failing as settings say."""

import hashlib
from collections.abc import Sequence

from django.conf import settings

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.signatures import sign_for_site
from delivery.domain.handover import (
    AllocationView,
    Handle,
    JobSpec,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from exchange.units import BP, QUARTER_SECONDS


def draw(*parts: object) -> int:
    """Return a number below 10,000 that depends on nothing but the parts."""
    digest = hashlib.sha256("|".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") % BP


def _place(view: AllocationView) -> tuple[object, ...]:
    """Return what trouble depends on: never a number that another order of events would change."""
    return view.pool_code, view.starts_at.isoformat(), view.devices


class SimulatedConnector:
    """Stands in for real sites. Nothing runs: readings and job logs are made up, and say so."""

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

    def inventory(self) -> Sequence[str]:
        """Return nothing: simulated hand-overs leave no trace."""
        return []

    def sign(self, site_code: str, message: bytes) -> tuple[str, str]:
        """Sign with the key that the sandbox keeps for the site."""
        return sign_for_site(site_code, message)
