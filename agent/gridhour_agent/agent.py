"""The agent's turns: meter, tell, work, send; without the platform it goes on metering."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from gridhour_agent.client import FencedOff, Refused, Session, Unreachable
from gridhour_agent.connector import Connector, ConnectorFailed
from gridhour_agent.failpoints import failpoint
from gridhour_agent.identity import Key
from gridhour_agent.market_time import MarketClock, wall_now
from gridhour_agent.metering import Metering
from gridhour_agent.reporting import Probes
from gridhour_agent.sending import Outputs, Readings
from gridhour_agent.spool import Spool
from gridhour_agent.wire import Command, Meter, WireBroken, items, mapping
from gridhour_agent.working import do

log = logging.getLogger("gridhour_agent")
COMMANDS_A_TURN = 20
# The key proves nothing any more: this agent was revoked, or another one took its place.
REVOKED = "E-AGENT-02"
LEASE_LOST, CONFLICT, UNKNOWN = "E-AGENT-04", "E-AGENT-05", "E-NOT-FOUND"
# A hand-over that the platform did not end, since it cannot be reached, ends by itself.
RELEASED_AFTER = timedelta(hours=1)
LONGEST_PAUSE_S = 30


class Agent:
    """One agent of one site. Calls go out one after another, never two at once."""

    def __init__(
        self,
        session: Session,
        connector: Connector,
        spool: Spool,
        key: Key,
        now: Callable[[], datetime] = wall_now,
    ) -> None:
        """Serve the site through the connector; nothing is called yet."""
        self.session, self.connector, self.spool, self.now = session, connector, spool, now
        self.metering = Metering(spool, connector, key)
        self.readings = Readings(spool, session, key)
        self.outputs = Outputs(connector, session)
        self.probes = Probes(session, spool, key, now)
        self.failures = 0

    def turn(self) -> float:
        """Take one turn; return the seconds until the next.

        FencedOff, and Refused where the agent was revoked, end it.
        """
        self._meter()
        try:
            if not self.session.fence:
                self.session.begin()
            self._beat()
            self._work()
            self.readings.turn()
            self.probes.turn()
            self.failures = 0
            self._remember("")
        except FencedOff:
            raise
        except (Unreachable, WireBroken, ConnectorFailed, Refused) as failure:
            if isinstance(failure, Refused) and failure.code == REVOKED:
                raise
            self.failures += 1
            log.warning("this turn failed: %s", failure)
            self._remember(str(failure))
        self._end_what_is_over()
        pause = self.session.poll_seconds * 2 ** min(self.failures, 5)
        return float(min(pause, LONGEST_PAUSE_S))

    def _meter(self) -> None:
        clock = self._clock()
        if clock is not None:
            self.metering.turn(clock, self.now())

    def _clock(self) -> MarketClock | None:
        told = self.spool.fact("clock")
        return MarketClock.read(told) if told else None

    def _standing(self) -> list[dict[str, object]]:
        """Return every hand-over that lives, renewing its lease at the site."""
        found: list[dict[str, object]] = []
        for name in self.connector.inventory():
            status = self.connector.inspect(name)
            if status.alive:
                entry = {"handover": name, "healthy": status.healthy}
                found.append(entry | {"detail": status.detail[:200]})
        return found

    def _beat(self) -> None:
        """Tell how things are; keep the clock, and what is to be metered."""
        standing = self._standing()
        jobs = self.outputs.reports([str(entry["handover"]) for entry in standing])
        told = self.session.call(
            "heartbeats",
            sent_at=self.now().isoformat(),
            backlog_readings=self.spool.backlog,
            spool_bytes=self.spool.used_bytes,
            dropped_readings=self.readings.dropped + self.metering.gaps,
            handovers=standing,
            jobs=jobs,
        )
        self.outputs.heard(jobs)
        clock = MarketClock.read(mapping(told, "clock"))
        meters = [Meter.read(item) for item in items(told, "meters")]
        self.spool.keep("clock", clock.written())
        self.spool.follow(meters)

    def _work(self) -> None:
        """Take waiting commands one by one, do them, report.

        None is held while the next is asked for: what was given and not heard comes again.
        """
        for _ in range(COMMANDS_A_TURN):
            commands = items(self.session.call("leases", limit=1, holding=[]), "commands")
            if not commands:
                return
            for item in commands:
                command = Command.read(item)
                log.info("%s %s %s", command.kind, command.handover, command.job)
                failpoint("agent.leased")
                outcome = do(self.connector, command)
                failpoint("agent.done")
                self._report(command, outcome)
                failpoint("agent.reported")

    def _report(self, command: Command, outcome: dict[str, object]) -> None:
        """Report; a lease that is over is somebody else's work, or comes again."""
        try:
            self.session.call("results", command=command.command, lease=command.lease, **outcome)
        except Refused as refusal:
            if refusal.code not in {LEASE_LOST, CONFLICT, UNKNOWN}:
                raise
            log.warning("%s %s: %s", command.kind, command.handover, refusal)

    def _end_what_is_over(self) -> None:
        """Without the platform: end hand-overs long after their window, renew the others."""
        clock = self._clock()
        if clock is None or not self.failures:
            return
        market = clock.market(self.now())
        windows = {meter.handover: meter.ends_at for meter in self.spool.meters()}
        try:
            for name in self.connector.inventory():
                ends_at = windows.get(name)
                if ends_at is not None and ends_at + RELEASED_AFTER <= market:
                    self.connector.release(name)
                else:
                    self.connector.inspect(name)
        except ConnectorFailed as failure:
            log.warning("the site: %s", failure)

    def _remember(self, error: str) -> None:
        self.spool.keep(
            "last_turn",
            {
                "at": self.now().isoformat(),
                "fence": self.session.fence,
                "error": error[:300],
                "refusal": self.readings.last_refusal[:300],
                "dropped": self.readings.dropped + self.metering.gaps,
            },
        )
