"""A carrier that is not reached from here: it confirms and meters its links itself."""

from collections.abc import Sequence

from delivery.adapters.connector import Pending
from delivery.domain.handover import MeterWindow
from delivery.domain.link_handover import LinkMetered, LinkView, MeasuredLink

UNCONFIRMED = "the carrier has not confirmed yet that the link stands"


class ReportingCarrier:
    """Asks nobody. The carrier's doors are `confirm_link` and `accept_link_readings`."""

    def ensure(self, view: LinkView) -> None:
        """Wait: until the carrier confirms, or the deadline ends it."""
        raise Pending(UNCONFIRMED)

    def accept_test(self, view: LinkView) -> MeasuredLink:
        """Wait: the carrier's own measurement comes with its confirmation."""
        raise Pending(UNCONFIRMED)

    def read_meter(
        self, view: LinkView, windows: Sequence[MeterWindow]
    ) -> Sequence[LinkMetered | None]:
        """Know nothing: readings come by the carrier's door."""
        return [None] * len(windows)

    def release(self, external_name: str) -> None:
        """Do nothing: the carrier reads in its list of links which have ended."""

    def inventory(self) -> Sequence[str]:
        """Know of none: what stands is the carrier's own business."""
        return []
