"""Where a proposed listing may go: taken up, turned down, or overtaken by the next survey."""

from exchange.lifecycle import Lifecycle

PROPOSAL_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="OPEN",
    moves={
        "OPEN": frozenset({"LISTED", "DISMISSED", "SUPERSEDED"}),
        "LISTED": frozenset(),
        "DISMISSED": frozenset(),
        # Published in the moment in which the next survey came: the listing stands.
        "SUPERSEDED": frozenset({"LISTED"}),
    },
)
