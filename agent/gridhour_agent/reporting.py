"""Measure the ways that the platform names, when they are due, and send what was found, signed."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gridhour_agent.client import FencedOff, Refused, Session
from gridhour_agent.identity import Key
from gridhour_agent.probing import Bounds, Measured, ProbeFailed, measure
from gridhour_agent.spool import Spool
from gridhour_agent.wire import items, mapping, text, whole

log = logging.getLogger("gridhour_agent")
ASK_EVERY_S = 60
KEPT = "probes"
# A platform of before these doors answers so: it is asked again much later.
UNKNOWN_DOOR, ASK_UNKNOWN_AGAIN_S = 404, 3_600


@dataclass(frozen=True)
class Target:
    """A demand city's responder."""

    city: str
    host: str
    port: int

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Target":
        """Read one from an answer, or from the spool."""
        return cls(text(body, "city"), text(body, "host"), whole(body, "port"))


def probe_message(agent: str, city: str, measured_at: str, found: Measured) -> bytes:
    """Return the bytes that the site's key signs for a measurement."""
    figures = (
        *(found.samples, found.lost, found.rtt_median_us, found.rtt_p95_us),
        *(found.mbps_down, found.mbps_up, found.moved_bytes),
    )
    told = "|".join(str(figure) for figure in figures)
    return f"gridhour probe\n{agent}\n{city}\n{measured_at}\n{told}".encode()


class Probes:
    """Keeps what is to be measured and when; one way a turn, so that heartbeats go on."""

    def __init__(
        self,
        session: Session,
        spool: Spool,
        key: Key,
        now: Callable[[], datetime],
        measure: Callable[[str, int, Bounds], Measured] = measure,
    ) -> None:
        """Measure with `measure` and send through the session; nothing is called yet."""
        self.session, self.spool, self.key, self.now, self.measure = (
            session,
            spool,
            key,
            now,
            measure,
        )
        self.ask_at: datetime | None = None
        self.targets: list[Target] = []
        self.bounds, self.every_s = Bounds(), 900
        self.measured: dict[str, datetime] = {}
        self.last_failure = ""

    def turn(self) -> bool:
        """Ask what to measure when that is due, measure at most one way, send; tell whether."""
        if self.ask_at is None or self.now() >= self.ask_at:
            self._ask()
        target = self._due()
        if target is None:
            return False
        self.measured[target.city] = self.now()
        try:
            found = self.measure(target.host, target.port, self.bounds)
        except ProbeFailed as failure:
            self.last_failure = str(failure)[:200]
            log.warning("the way to %s: %s", target.city, failure)
            return False
        return self._send(target, found)

    def _ask(self) -> None:
        later = ASK_EVERY_S
        try:
            told = self.session.call("probes")
        except FencedOff:
            raise
        except Refused as refusal:
            if refusal.status != UNKNOWN_DOOR:
                raise
            self.targets, later = [], ASK_UNKNOWN_AGAIN_S
        else:
            self.targets = [Target.read(item) for item in items(told, "targets")]
            self.bounds, self.every_s = bounds_of(mapping(told, "bounds")), whole(told, "every_s")
            self.spool.keep(
                KEPT,
                {
                    "targets": [asdict(target) for target in self.targets],
                    "bounds": asdict(self.bounds),
                },
            )
        self.ask_at = datetime.fromtimestamp(self.now().timestamp() + later, self.now().tzinfo)

    def _due(self) -> Target | None:
        """Return the way that has waited longest, of those that are due."""
        waiting = [
            target
            for target in self.targets
            if (last := self.measured.get(target.city)) is None
            or (self.now() - last).total_seconds() >= self.every_s
        ]
        return min(waiting, key=lambda one: self.measured.get(one.city, _never()), default=None)

    def _send(self, target: Target, found: Measured) -> bool:
        at = self.now().isoformat()
        try:
            self.session.call(
                "measurements",
                city=target.city,
                measured_at=at,
                **asdict(found),
                signature=self.key.sign(probe_message(self.session.agent, target.city, at, found)),
            )
        except FencedOff:
            raise
        except Refused as refusal:
            self.last_failure = str(refusal)[:200]
            log.warning("the measurement of %s: %s", target.city, refusal)
            return False
        return True


def bounds_of(told: Mapping[str, Any]) -> Bounds:
    """Read the platform's bounds; ValueError where no probe should go so far."""
    return Bounds(whole(told, "samples"), whole(told, "most_bytes"), whole(told, "most_seconds"))


def _never() -> datetime:
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00")
