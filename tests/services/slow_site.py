"""A site that takes its time, so that its agent can be killed in the middle."""

import time
from pathlib import Path

from gridhour_agent.connector import Handover
from gridhour_agent.connectors.process import ProcessConnector


class SlowSite(ProcessConnector):
    """Waits before or after the holder is made, where a file of the state folder says so."""

    def __init__(self, state: Path) -> None:
        """Remember where the files are."""
        super().__init__(state)
        self.state = state

    def ensure(self, handover: Handover) -> None:
        """Make the hand-over, with a pause in which nothing is reported."""
        self._pause("before")
        super().ensure(handover)
        self._pause("after")

    def _pause(self, moment: str) -> None:
        if (self.state / f"wait-{moment}").exists():
            (self.state / "waits").touch()
            time.sleep(600)
