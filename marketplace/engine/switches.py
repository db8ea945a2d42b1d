"""The engine looks at the members' dead-man switches: it is there whenever the market is."""

import time

import structlog
from django.db import DatabaseError

from marketplace.actions.switches import fire_switches
from marketplace.domain.refusals import MarketBusy, MarketStopped
from marketplace.engine.turns import Turns, cannot_write_now
from timetable.queries import wall_now

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 0.5


class Switches:
    """Fires what is due, between turns."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._looked = 0.0

    def look(self) -> None:
        """Fire what is due, if we have not just looked; a stopped market ends nothing."""
        at = time.monotonic()
        if at - self._looked < LOOK_EVERY_S:
            return
        self._looked = at
        try:
            fired = fire_switches(say=self._turns.take, wall=wall_now())
        except (MarketStopped, MarketBusy):
            # Claimed, it is fired again as soon as the market goes on.
            return
        except DatabaseError as problem:
            if not cannot_write_now(problem):
                raise
            return
        if fired:
            log.info("switches_fired", switches=fired)
