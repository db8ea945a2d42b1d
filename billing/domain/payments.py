"""How payments move: only forward, whatever the order in which news of them arrives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exchange.lifecycle import Lifecycle

DEPOSIT_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="ASKED",
    moves={
        "ASKED": frozenset({"PENDING", "FAILED", "RECEIVED"}),
        "PENDING": frozenset({"FAILED", "RECEIVED"}),
        # A declined card may be followed by one that pays.
        "FAILED": frozenset({"RECEIVED"}),
        "RECEIVED": frozenset(),
    },
)
# A refund that was paid may still come back, when the card's account was closed.
REFUND_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="ASKED",
    moves={
        "ASKED": frozenset({"SENT", "PAID", "FAILED"}),
        "SENT": frozenset({"PAID", "FAILED"}),
        "PAID": frozenset({"FAILED"}),
        "FAILED": frozenset(),
    },
)


@dataclass(frozen=True)
class Intent:
    """What Stripe says of a payment intent; amounts in fen."""

    id: str
    status: str
    amount_fen: int
    received_fen: int
    currency: str
    reason: str = ""
    next_url: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The deposit's state that this means."""
        if self.status == "succeeded":
            return "RECEIVED"
        if self.status == "canceled" or self.reason:
            return "FAILED"
        return "PENDING"


@dataclass(frozen=True)
class Returned:
    """What Stripe says of a refund; amounts in fen."""

    id: str
    status: str
    amount_fen: int
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The refund's state that this means."""
        if self.status in {"failed", "canceled"}:
            return "FAILED"
        return "PAID" if self.status == "succeeded" else "SENT"


def withdrawal_state(parts: Sequence[str]) -> str:
    """Return a withdrawal's state from those of its refunds."""
    if any(state in {"ASKED", "SENT"} for state in parts):
        return "SENT" if any(state != "ASKED" for state in parts) else "ASKED"
    return "PAID" if all(state == "PAID" for state in parts) else "FAILED"


def plan_refunds(amount_fen: int, refundable: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return (deposit, fen) pairs, oldest deposit first, never beyond what each received.

    `refundable` is (deposit, fen that may still return). The pairs sum to less than the
    amount when the deposits do not cover it.
    """
    plan = []
    for deposit_id, left_fen in refundable:
        part = min(amount_fen, left_fen)
        if part > 0:
            plan.append((deposit_id, part))
            amount_fen -= part
    return plan
