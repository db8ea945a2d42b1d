"""What the room answers."""

from delivery.queries.work import (
    agreements_awaiting_allocation,
    allocations_to_meter,
    allocations_to_provision,
    hours_awaiting_seal,
    unfinished_jobs,
)

__all__ = [
    "agreements_awaiting_allocation",
    "allocations_to_meter",
    "allocations_to_provision",
    "hours_awaiting_seal",
    "unfinished_jobs",
]
