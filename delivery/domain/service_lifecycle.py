"""How a service may fare within its tries, and who ends each state."""

from delivery.domain.allocation_lifecycle import StateOwner
from exchange.lifecycle import Lifecycle

# A new try starts anew.
SERVICE_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="STARTING",
    moves={
        "STARTING": frozenset({"UP", "DOWN"}),
        "UP": frozenset({"DOWN", "STARTING"}),
        "DOWN": frozenset({"STARTING"}),
    },
)
SERVICE_STATE_OWNERS: dict[str, StateOwner] = {
    "STARTING": StateOwner("delivery.look_at_services", "DOWN at the first failed look after"),
    "UP": StateOwner("delivery.look_at_services", "DOWN after so many failed looks in a row"),
    "DOWN": StateOwner("delivery.run_jobs", "the try is stopped; STARTING with the next one"),
}
