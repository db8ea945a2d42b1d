"""End what market time has passed: orders and listings that nothing can fill any more."""

from datetime import datetime

from django.conf import settings

from marketplace.actions.asking import ask_all, look_around
from marketplace.actions.switches import fire_switches


def expire_due(now: datetime) -> int:
    """Let the market end due orders and listings; return how many.

    The market does it before every turn: this is for hours in which nobody asks for anything.
    """
    return look_around(now)


def fire_due_switches(*, now: datetime, wall: datetime) -> int:
    """Fire due dead-man switches where no engine does; return how many."""
    if settings.ENGINE_SOCKET:
        return 0
    return fire_switches(say=lambda entries: ask_all(entries, now=now), wall=wall)
