"""Simulated carriers: the same weather for the same link and time, failing as settings say."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from delivery.adapters.connector import ConnectorFailed
from delivery.domain.handover import MeterWindow
from delivery.domain.link_handover import LinkMetered, LinkView, MeasuredLink
from delivery.domain.link_metering import MB_PER_GBPS_SECOND
from delivery.domain.metering import QUARTER
from exchange.units import BP, QUARTER_SECONDS
from sandbox.sites import draw

MB_PER_GB = 1_000
# Data that are moved without bandwidth of their own go in the first hour.
QUARTERS_TO_MOVE = 4


def _place(view: LinkView) -> tuple[object, ...]:
    """Return what trouble depends on: never a number that another order of events would change."""
    return view.carrier_code, view.zone_code, view.city_code, view.starts_at.isoformat(), view.gbps


class SimulatedCarrier:
    """Stands in for carriers. Nothing is carried: its readings are made up, and it says so."""

    def _happens(self, share: str, *parts: object) -> bool:
        """Tell whether trouble strikes: as often as settings say, always for the same parts."""
        return draw("link", share, *parts) < int(settings.SIMULATED_CARRIERS.get(share, 0))

    def ensure(self, view: LinkView) -> None:
        """Stand at once, or fail for good where the draw says so."""
        if self._happens("provision_failure_bp", *_place(view)):
            msg = "simulated: no route was set up"
            raise ConnectorFailed(msg)

    def accept_test(self, view: LinkView) -> MeasuredLink:
        """Return what was contracted, or 60 % of it over a longer way where the draw says so."""
        place = _place(view)
        share_bp, rtt_bp = BP, 9_500 + draw("rtt", *place) * 1_000 // BP
        if self._happens("acceptance_failure_bp", *place):
            share_bp, rtt_bp = 6_000, 13_000
        return MeasuredLink(
            mbps=view.gbps * 1_000 * share_bp // BP,
            rtt_us=view.rtt_us * rtt_bp // BP,
            evidence={"method": "simulated", "share_bp": share_bp, "rtt_bp": rtt_bp},
        )

    def read_meter(
        self, view: LinkView, windows: Sequence[MeterWindow]
    ) -> Sequence[LinkMetered | None]:
        """Return full quarters but for those that draw trouble or silence.

        What is to be moved goes first, as fast as the link allows.
        """
        return [self._quarter(view, window) for window in windows]

    def _quarter(self, view: LinkView, window: MeterWindow) -> LinkMetered | None:
        start = window.interval_start
        name = (*_place(view), start.isoformat())
        if self._happens("silent_bp", *name):
            return None
        whole = view.gbps * QUARTER_SECONDS
        lost = view.gbps * (1 + draw("lost", *name) * QUARTER_SECONDS // BP)
        available = whole - (min(lost, whole) if self._happens("down_bp", *name) else 0)
        moved_mb = _moved(view, start)
        if view.gbps:
            moved_mb = min(moved_mb, available * MB_PER_GBPS_SECOND)
        return LinkMetered(start, available, moved_mb)

    def release(self, external_name: str) -> None:
        """Do nothing: nothing was set up."""

    def inventory(self) -> Sequence[str]:
        """Return nothing: simulated links leave no trace."""
        return []


def _moved(view: LinkView, start: datetime) -> int:
    """Return the MB that go in a quarter; all together are the GB that were bought."""
    whole_mb = view.gb * MB_PER_GB
    a_quarter = view.gbps * QUARTER_SECONDS * MB_PER_GBPS_SECOND or -(-whole_mb // QUARTERS_TO_MOVE)
    before = a_quarter * ((start - view.starts_at) // QUARTER)
    return max(0, min(a_quarter, whole_mb - before))
