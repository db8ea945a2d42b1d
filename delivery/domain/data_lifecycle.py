"""Where a dataset may go, and who ends each state."""

from delivery.domain.allocation_lifecycle import StateOwner
from exchange.lifecycle import Lifecycle

DATASET_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="ANNOUNCED",
    moves={
        "ANNOUNCED": frozenset({"UPLOADING", "CLEARED"}),
        "UPLOADING": frozenset({"UPLOADED", "CLEARED"}),
        "UPLOADED": frozenset({"STAGING", "CLEARED"}),
        # Back to UPLOADED: the hand-over was made anew, or is another's; it is staged there again.
        "STAGING": frozenset({"STAGED", "UPLOADED", "FAILED", "CLEARED"}),
        "STAGED": frozenset({"UPLOADED", "CLEARED"}),
        "FAILED": frozenset({"UPLOADED", "CLEARED"}),
        "CLEARED": frozenset(),
    },
)
# States of which something stands at a site, or may.
AT_SITE = ("STAGING", "STAGED", "FAILED")
TAKES_PIECES = ("ANNOUNCED", "UPLOADING")
# Hand-overs that stand, and to which data is brought.
STAGES_TO = ("ACCEPTED", "DELIVERING")

TASK = "delivery.stage_data"
DATASET_STATE_OWNERS: dict[str, StateOwner] = {
    "ANNOUNCED": StateOwner(TASK, "CLEARED with the delivery's end"),
    "UPLOADING": StateOwner(TASK, "CLEARED with the delivery's end"),
    "UPLOADED": StateOwner(TASK, "STAGING when the hand-over stands"),
    "STAGING": StateOwner(TASK, "STAGED, or FAILED after six tries"),
    "STAGED": StateOwner(TASK, "CLEARED with the delivery's end"),
    "FAILED": StateOwner(TASK, "CLEARED with the delivery's end"),
}
