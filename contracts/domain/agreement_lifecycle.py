"""Where an agreement may go: drafted, in force, then completed or terminated."""

from exchange.lifecycle import Lifecycle

AGREEMENT_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="DRAFTED",
    moves={
        # Signed by both parties, or lapsed because one did not sign in time.
        "DRAFTED": frozenset({"IN_FORCE", "TERMINATED"}),
        "IN_FORCE": frozenset({"COMPLETED", "TERMINATED"}),
        "COMPLETED": frozenset(),
        "TERMINATED": frozenset(),
    },
)
