"""Where a job may go, and who ends each state."""

from delivery.domain.allocation_lifecycle import StateOwner
from exchange.lifecycle import Lifecycle

JOB_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="QUEUED",
    moves={
        "QUEUED": frozenset({"RUNNING", "FAILED", "CANCELLED"}),
        "RUNNING": frozenset({"QUEUED", "SUCCEEDED", "FAILED", "CANCELLED"}),
        "SUCCEEDED": frozenset(),
        "FAILED": frozenset(),
        "CANCELLED": frozenset(),
    },
)
JOB_STATE_OWNERS: dict[str, StateOwner] = {
    "QUEUED": StateOwner("delivery.run_jobs", "FAILED at its deadline, or after 30 days"),
    "RUNNING": StateOwner("delivery.run_jobs", "FAILED or QUEUED again at the time limit"),
}
