"""Send what waits: readings from the spool, and the output of jobs."""

import base64
import logging
from dataclasses import dataclass, field

from gridhour_agent.client import FencedOff, Refused, Session
from gridhour_agent.connector import Connector, JobStatus
from gridhour_agent.identity import Key
from gridhour_agent.spool import Batch, Spool

log = logging.getLogger("gridhour_agent")
BATCHES_A_TURN = 200
PIECES_A_TURN = 16
# How often the platform may refuse a chain's batch before it is set aside and metered anew.
PATIENCE = 100
CLOCK_OFF, CHAIN_BROKEN, OUTPUT_GAP = "E-AGENT-06", "E-READING-03", "E-AGENT-07"
REPORTED_AT_ONCE = 200


class Readings:
    """Sends the spool, oldest first by chain; keeps what the platform has not stored."""

    def __init__(self, spool: Spool, session: Session, key: Key) -> None:
        """Send from the spool through the session; `key` signs where a chain must go on anew."""
        self.spool, self.session, self.key = spool, session, key
        self.refused: dict[str, int] = {}
        self.dropped = 0
        self.last_refusal = ""

    def turn(self) -> int:
        """Send until nothing waits or the platform wants no more now; return how many were new."""
        stored, waiting = 0, set[str]()
        for _round in range(BATCHES_A_TURN):
            batches = [batch for batch in self.spool.batches() if batch.chain not in waiting]
            if not batches:
                break
            for batch in batches:
                count = self._send(batch)
                stored += count or 0
                if count is None:
                    waiting.add(batch.chain)
        return stored

    def _send(self, batch: Batch) -> int | None:
        """Send one batch; None when it must wait."""
        try:
            told = self.session.call(
                "readings",
                chain=batch.chain,
                readings=list(batch.readings),
                head=batch.head,
                signature=batch.signature,
            )
        except FencedOff:
            raise
        except Refused as refusal:
            self._refused(batch, refusal)
            return None
        self.spool.sent(batch)
        self.refused.pop(batch.chain, None)
        return int(told.get("stored", 0))

    def _refused(self, batch: Batch, refusal: Refused) -> None:
        """Wait; where waiting does not help, let the chain go on from where the platform is."""
        self.last_refusal = f"{batch.chain}: {refusal}"
        if refusal.status == 401 or refusal.code == CLOCK_OFF:
            return
        times = self.refused[batch.chain] = self.refused.get(batch.chain, 0) + 1
        if refusal.code == CHAIN_BROKEN and times == 1:
            # The platform was restored, or the folder of state was: the chain goes on from there.
            if self.spool.chain_anew(batch.chain, self.key):
                log.warning("chain %s goes on from the platform's head", batch.chain)
            return
        if times >= PATIENCE:
            gone = self.spool.set_aside(batch.chain)
            self.dropped += gone
            self.refused.pop(batch.chain, None)
            log.error("%d readings of %s set aside: %s", gone, batch.chain, refusal)


@dataclass
class Outputs:
    """Sends jobs' output piece by piece, and tells how jobs are until the platform has heard."""

    connector: Connector
    session: Session
    offsets: dict[tuple[str, str], int] = field(default_factory=dict)
    ended: set[tuple[str, str]] = field(default_factory=set)

    def reports(self, names: list[str]) -> list[dict[str, object]]:
        """Return how jobs are, for a heartbeat: those that ended once their output is sent."""
        found: list[dict[str, object]] = []
        for name in names:
            for job, status in self.connector.jobs(name).items():
                if (name, job) not in self.ended:
                    found.append(_report(name, job, self._send(name, job, status)))
        return found[:REPORTED_AT_ONCE]

    def heard(self, reports: list[dict[str, object]]) -> None:
        """Note what the platform has heard of."""
        for report in reports:
            if not report["running"]:
                self.ended.add((str(report["handover"]), str(report["job"])))

    def _send(self, name: str, job: str, status: JobStatus) -> JobStatus:
        """Send new output; a job counts as running until all of its output is there."""
        at = self.offsets.get((name, job), 0)
        for _piece in range(PIECES_A_TURN):
            piece = self.connector.job_log(name, job, at)
            if not piece:
                return status
            try:
                told = self.session.call(
                    "outputs",
                    handover=name,
                    job=job,
                    offset=at,
                    piece=base64.b64encode(piece).decode(),
                )
            except FencedOff:
                raise
            except Refused as refusal:
                log.warning("output of %s %s: %s", name, job, refusal)
                return status
            at = self.offsets[(name, job)] = max(at + len(piece), int(told.get("known", 0)))
        return JobStatus(running=True)


def _report(name: str, job: str, status: JobStatus) -> dict[str, object]:
    return {
        "handover": name,
        "job": job,
        "running": status.running,
        "exit_code": status.exit_code,
        "reason": status.reason[:200],
        "cpu_ms": status.cpu_ms,
    }
