"""Valkey may be away, or take calls and answer none: who has waited for it once leaves it alone."""

import time

LEFT_ALONE_SECONDS = 5.0
_until = 0.0


def leave_alone() -> None:
    """Note that Valkey did not answer in time."""
    global _until
    _until = time.monotonic() + LEFT_ALONE_SECONDS


def is_left_alone() -> bool:
    """Tell whether Valkey did not answer a moment ago: what may go without it does."""
    return time.monotonic() < _until
