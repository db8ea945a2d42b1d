"""What the room answers."""

from billing.queries.settlements import (
    agreements_owing_damages,
    outstanding_damages,
    settled_charge,
    settlements_of,
    usage_awaiting_settlement,
)

__all__ = [
    "agreements_owing_damages",
    "outstanding_damages",
    "settled_charge",
    "settlements_of",
    "usage_awaiting_settlement",
]
