"""The small protocol by which carriers hand links over and have them metered."""

from collections.abc import Sequence
from typing import Protocol

from delivery.domain.handover import MeterWindow
from delivery.domain.link_handover import LinkMetered, LinkView, MeasuredLink


class Carrier(Protocol):
    """What a way to a carrier can do. Every call may be repeated; names make it harmless.

    What cannot be done now raises `ConnectorFailed`; what is under way, `Pending`.
    """

    def ensure(self, view: LinkView) -> None:
        """Set the link up for its window, or adopt it when its name exists."""

    def accept_test(self, view: LinkView) -> MeasuredLink:
        """Measure bandwidth and round trip of what was set up."""

    def read_meter(
        self, view: LinkView, windows: Sequence[MeterWindow]
    ) -> Sequence[LinkMetered | None]:
        """Return what each quarter gave; None where the meter is silent."""

    def release(self, external_name: str) -> None:
        """Take the link down; nothing happens when it is gone already."""

    def inventory(self) -> Sequence[str]:
        """Return the external names of all links that stand at the carrier."""
