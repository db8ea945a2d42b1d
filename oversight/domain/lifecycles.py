"""Where an intervention may go: planned acts wait for a second person, an emergency does not."""

from enum import StrEnum

from exchange.lifecycle import Lifecycle


class InterventionKind(StrEnum):
    """What is done to the market."""

    HALT = "HALT"
    EMERGENCY_HALT = "EMERGENCY_HALT"
    RESUME = "RESUME"


class InterventionState(StrEnum):
    """Where an intervention stands."""

    PROPOSED = "PROPOSED"
    IN_EFFECT = "IN_EFFECT"
    CONFIRMED = "CONFIRMED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    DONE = "DONE"


PLANNED_LIFECYCLE = Lifecycle(
    start=InterventionState.PROPOSED,
    moves={
        InterventionState.PROPOSED: frozenset(
            {InterventionState.DONE, InterventionState.EXPIRED, InterventionState.WITHDRAWN}
        )
    },
)
# One person cannot take an emergency halt back: a resume needs two, or the half-hour.
EMERGENCY_LIFECYCLE = Lifecycle(
    start=InterventionState.IN_EFFECT,
    moves={
        InterventionState.IN_EFFECT: frozenset(
            {InterventionState.CONFIRMED, InterventionState.EXPIRED}
        )
    },
)


def lifecycle_of(kind: str) -> Lifecycle[InterventionState]:
    """Return the table that an intervention of this kind follows."""
    if kind == InterventionKind.EMERGENCY_HALT:
        return EMERGENCY_LIFECYCLE
    return PLANNED_LIFECYCLE
