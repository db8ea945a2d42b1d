"""A member's standing: applied, then admitted or refused; admitted may be suspended."""

from exchange.lifecycle import Lifecycle

MEMBER_LIFECYCLE = Lifecycle(
    start="APPLIED",
    moves={
        "APPLIED": frozenset({"ADMITTED", "REFUSED"}),
        "ADMITTED": frozenset({"SUSPENDED"}),
        "SUSPENDED": frozenset({"ADMITTED"}),
    },
)


def may_trade(state: str) -> bool:
    """Tell whether a member in this state may place orders, list and hold tokens."""
    return state == "ADMITTED"
