"""Meter what stands, quarter-hour by quarter-hour, with or without the platform."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gridhour_agent.chain import Reading
from gridhour_agent.connector import Connector, ConnectorFailed, Handover, Metered, MeterWindow
from gridhour_agent.identity import Key
from gridhour_agent.market_time import QUARTER, MarketClock, quarters
from gridhour_agent.spool import Spool
from gridhour_agent.wire import Meter

MOST_A_TURN = 500
# As long as the platform waits for a meter that is silent; then the quarter stays a gap.
GRACE = timedelta(hours=1)


class Metering:
    """Reads meters into the spool. It needs no network: the clock is known by its row."""

    def __init__(self, spool: Spool, connector: Connector, key: Key) -> None:
        """Read the connector's meters into the spool, signed by the key."""
        self.spool, self.connector, self.key = spool, connector, key
        self.gaps = 0

    def turn(self, clock: MarketClock, wall: datetime) -> int:
        """Meter every quarter that has ended; return how many readings were kept.

        A full spool keeps none: the meter is read again when there is room.
        """
        kept = 0
        for meter in self.spool.meters():
            kept += self._one(meter, clock, wall)
        self.spool.keep("metered", {"wall": wall.isoformat()})
        return kept

    def _one(self, meter: Meter, clock: MarketClock, wall: datetime) -> int:
        place = self.spool.place_of(meter.chain)
        if place is None:
            return 0
        market, read_until = clock.market(wall), place[2]
        starts = list(quarters(read_until, min(market, meter.ends_at)))[:MOST_A_TURN]
        if not starts:
            return 0
        windows = windows_of(starts, clock, self._last_wall(wall), wall)
        try:
            answers = self.connector.read_meter(Handover(meter.handover, meter.devices), windows)
        except ConnectorFailed:
            answers = [None] * len(starts)
        readings, until, gaps = taken(starts, answers, market)
        if until > read_until and self.spool.append(meter.chain, readings, until, self.key):
            self.gaps += gaps
            return len(readings)
        return 0

    def _last_wall(self, wall: datetime) -> datetime:
        told = self.spool.fact("metered").get("wall")
        return datetime.fromisoformat(told) if isinstance(told, str) else wall


def taken(
    starts: Sequence[datetime], answers: Sequence[Metered | None], market: datetime
) -> tuple[list[Reading], datetime, int]:
    """Return readings in order, up to where the meter counts as read, and how many gaps it has.

    Reading stops at the first silent quarter until its grace is over: a chain has one order.
    """
    readings: list[Reading] = []
    gaps, until = 0, starts[0]
    for start, answer in zip(starts, answers, strict=True):
        if answer is None and start + QUARTER + GRACE > market:
            break
        until = start + QUARTER
        if answer is None:
            gaps += 1
            continue
        readings.append(
            Reading(start, answer.delivered_device_seconds, answer.unhealthy_device_seconds)
        )
    return readings, until, gaps


def windows_of(
    starts: Sequence[datetime], clock: MarketClock, last: datetime, wall: datetime
) -> list[MeterWindow]:
    """Return the wall-clock stretch of each quarter, by the clock in force.

    Where the clock was set meanwhile, the time since the last turn is divided evenly.
    """
    exact = [(clock.wall(start), clock.wall(start + QUARTER)) for start in starts]
    if all(begun and ended and ended <= wall for begun, ended in exact):
        return [
            MeterWindow(start, begun, ended)
            for start, (begun, ended) in zip(starts, exact, strict=True)
            if begun and ended
        ]
    span, count = max(wall - last, timedelta(0)), len(starts)
    return [
        MeterWindow(start, last + span * k / count, last + span * (k + 1) / count)
        for k, start in enumerate(starts)
    ]
