"""A site in moods: well, away, broken, at work, without its hand-overs, or with bad devices."""

from collections.abc import Sequence

from delivery.adapters.connector import ConnectorFailed, Pending
from delivery.domain.handover import (
    AllocationView,
    Handle,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from sandbox.sites import SimulatedConnector

MOODS = ("well", "away", "broken", "at work", "gone", "weak", "silent", "ill", "hangs")


class MoodySite(SimulatedConnector):
    """As the simulated site while it is well; `mood` is the class's, since instances are kept."""

    mood = "well"

    def _suffer(self, *, pending: bool = False) -> None:
        if self.mood == "away":
            msg = "nobody answers"
            raise ConnectorFailed(msg)
        if self.mood == "broken":
            msg = "a mistake in the connector"
            raise RuntimeError(msg)
        if self.mood == "at work" and pending:
            msg = "the site works on it"
            raise Pending(msg)

    def ensure(self, view: AllocationView) -> Handle:
        """Hand over in a good mood."""
        self._suffer(pending=True)
        return super().ensure(view)

    def inspect(self, view: AllocationView) -> Status:
        """Say how it is."""
        self._suffer()
        return Status(alive=self.mood != "gone", healthy=self.mood != "ill", detail=self.mood)

    def accept_test(self, view: AllocationView) -> Measured:
        """Measure too little where the devices are weak."""
        self._suffer(pending=True)
        if self.mood == "weak":
            return Measured(view.devices, 0, {"method": "moody"})
        return super().accept_test(view)

    def read_meter(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Be silent where nothing is known."""
        self._suffer()
        return [None] * len(windows) if self.mood == "silent" else super().read_meter(view, windows)

    def job_state(self, view: AllocationView, external_id: str) -> JobStatus:
        """Say that it runs on and on, where jobs hang."""
        self._suffer()
        if self.mood == "hangs":
            return JobStatus(known=True, running=True)
        return super().job_state(view, external_id)

    def inventory(self) -> Sequence[str]:
        """Know of nothing, in the moods that answer."""
        self._suffer()
        return []
