"""What a node's state means for work that could start there."""

from collections.abc import Iterable

MONTH_SECONDS = 30 * 86_400
USABLE = {"IDLE", "MIXED", "MIX", "ALLOCATED", "ALLOC", "COMPLETING", "COMP", "PLANNED", "RESERVED",
          "CLOUD", "DYNAMIC_NORM", "PLND", "RESV"}  # fmt: skip
# Marks behind a state: not responding, powering, failing, rebooting. Only `-` (planned) is well.
BAD_MARKS = set("*~#!%$@^")


def is_usable(states: Iterable[str]) -> bool:
    """Tell whether a node with these states and flags runs work. An unknown word says no."""
    words = [word.upper() for word in states]
    if not words or any(set(word) & BAD_MARKS for word in words):
        return False
    return all(word.rstrip("-+") in USABLE for word in words)


def longest_limit() -> int:
    """Return the seconds that work without a time limit is taken to run."""
    return MONTH_SECONDS
