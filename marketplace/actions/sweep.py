"""End what market time has passed: orders and listings that nothing can fill any more."""

from datetime import datetime

from marketplace.actions.asking import look_around


def expire_due(now: datetime) -> int:
    """Let the market end due orders and listings; return how many.

    The market does it before every turn: this is for hours in which nobody asks for anything.
    """
    return look_around(now)
