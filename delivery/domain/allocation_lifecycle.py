"""Where an allocation may go, who ends each state, and when at the latest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.lifecycle import Lifecycle

ALLOCATION_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="PLANNED",
    moves={
        "PLANNED": frozenset({"PROVISIONING", "RECALLED", "FAILED"}),
        "PROVISIONING": frozenset({"ACCEPTED", "RECALLED", "FAILED"}),
        "ACCEPTED": frozenset({"DELIVERING", "RECALLED", "FAILED"}),
        "DELIVERING": frozenset({"INTERRUPTED", "COMPLETED", "RECALLED", "FAILED"}),
        "INTERRUPTED": frozenset({"DELIVERING", "COMPLETED", "RECALLED", "FAILED"}),
        "COMPLETED": frozenset(),
        # Taken back by its seller: what the agreement permits, and no failure.
        "RECALLED": frozenset(),
        "FAILED": frozenset(),
    },
)
# The site has not shown yet that it holds the devices.
UNTIL_ACCEPTED = ("PLANNED", "PROVISIONING")
# States in which a site holds devices for the buyer, or may.
LIVE_STATES = ("PROVISIONING", "ACCEPTED", "DELIVERING", "INTERRUPTED")
METERED_STATES = ("DELIVERING", "INTERRUPTED")
# Nothing was handed over yet: such a one has no meter to wait for.
NOT_BEGUN = ("PLANNED", "PROVISIONING", "ACCEPTED")

PROVISION_LEAD = timedelta(minutes=60)
PROVISION_GRACE = timedelta(minutes=60)
READING_GRACE = timedelta(minutes=60)


@dataclass(frozen=True)
class StateOwner:
    """Who ends a state: the task that looks, and what it does when time is up."""

    task: str
    when_due: str


STATE_OWNERS: dict[str, StateOwner] = {
    "PLANNED": StateOwner("delivery.provision_due", "FAILED when not begun in time"),
    "PROVISIONING": StateOwner("delivery.provision_due", "FAILED when not accepted in time"),
    "ACCEPTED": StateOwner("delivery.sweep", "DELIVERING at the start of the window"),
    "DELIVERING": StateOwner("delivery.sweep", "COMPLETED at the end of the window"),
    "INTERRUPTED": StateOwner("delivery.sweep", "COMPLETED at the end of the window"),
}


def deadline_of(state: str, starts_at: datetime, ends_at: datetime) -> datetime | None:
    """Return the market instant by which a state has ended; None when nothing leaves it.

    Delivering ends with the window once its readings are in, or its meter was asked once more
    after their grace.
    """
    if state in {"PLANNED", "PROVISIONING", "ACCEPTED"}:
        return min(starts_at + PROVISION_GRACE, ends_at)
    if state in METERED_STATES:
        return ends_at + READING_GRACE
    return None
