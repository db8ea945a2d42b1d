"""Named points at which a fault test ends the process: never set outside tests."""

import os
import signal


class Failpoints:
    """`GRIDHOUR_FAILPOINT=after_commit:7` kills the process at that point's seventh passing.

    In a turn's order: `before_turn`, `after_match`, `before_commit`, `after_commit` (which is
    before the answer).
    """

    def __init__(self, wanted: str) -> None:
        self._name, _, count = wanted.partition(":")
        self._left = int(count or 1)

    def __call__(self, name: str) -> None:
        """Pass the point, or die there as if by kill -9."""
        if name != self._name:
            return
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
