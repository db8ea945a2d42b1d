"""Where a link's delivery may go, who ends each state, and when at the latest."""

from datetime import datetime

from delivery.domain.allocation_lifecycle import PROVISION_GRACE, READING_GRACE, StateOwner
from exchange.lifecycle import Lifecycle

LINK_DELIVERY_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="PLANNED",
    moves={
        "PLANNED": frozenset({"PROVISIONING", "FAILED"}),
        "PROVISIONING": frozenset({"ACCEPTED", "FAILED"}),
        "ACCEPTED": frozenset({"DELIVERING", "FAILED"}),
        "DELIVERING": frozenset({"COMPLETED", "FAILED"}),
        "COMPLETED": frozenset(),
        "FAILED": frozenset(),
    },
)
# The carrier has not shown yet that the link stands.
LINK_UNTIL_ACCEPTED = ("PLANNED", "PROVISIONING")
# States in which a carrier keeps the link for the buyer, or may.
LINK_LIVE_STATES = ("PROVISIONING", "ACCEPTED", "DELIVERING")
LINK_ENDED_STATES = ("COMPLETED", "FAILED")

LINK_STATE_OWNERS: dict[str, StateOwner] = {
    "PLANNED": StateOwner("delivery.deliver_links", "FAILED when not begun in time"),
    "PROVISIONING": StateOwner("delivery.deliver_links", "FAILED when not accepted in time"),
    "ACCEPTED": StateOwner("delivery.deliver_links", "DELIVERING at the start of the window"),
    "DELIVERING": StateOwner("delivery.deliver_links", "COMPLETED at the end of the window"),
}


def link_deadline_of(state: str, starts_at: datetime, ends_at: datetime) -> datetime | None:
    """Return the market instant by which a state has ended; None when nothing leaves it.

    Delivering ends with the window once its readings are in, or its meter was asked once more
    after their grace.
    """
    if state in {"PLANNED", "PROVISIONING", "ACCEPTED"}:
        return min(starts_at + PROVISION_GRACE, ends_at)
    return ends_at + READING_GRACE if state == "DELIVERING" else None
