"""The suite: checks in order, each a sentence about the platform, run against an address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridhour_agent.client import Doors, Refused, Session, Unreachable
from gridhour_agent.identity import Key
from gridhour_agent.market_time import wall_now
from gridhour_agent.reporting import Target
from gridhour_agent.wire import Command, Meter, WireBroken, items


class Broken(Exception):
    """The platform did not do what the protocol says."""


class Skipped(Exception):
    """The platform offered nothing to check this on."""


@dataclass
class Subject:
    """The platform under test, and the agent that the checks share."""

    doors: Doors
    codes: Callable[[], str]
    key: Key = field(default_factory=lambda: Key(Ed25519PrivateKey.generate()))
    code: str = ""
    agent: str = ""
    session: Session | None = None
    # Commands under the lease of the session in force, by kind.
    leased: dict[str, Command] = field(default_factory=dict)
    meters: list[Meter] = field(default_factory=list)
    # Ways to demand cities that the platform named.
    targets: list[Target] = field(default_factory=list)

    @property
    def joined(self) -> str:
        """Return the agent's name; Skipped where no code let it join."""
        if not self.agent:
            msg = "no agent has joined"
            raise Skipped(msg)
        return self.agent

    @property
    def in_session(self) -> Session:
        """Return the shared session; Skipped where an earlier check could not begin one."""
        if self.session is None:
            msg = "no session could be begun"
            raise Skipped(msg)
        return self.session

    def beat(self, session: Session | None = None, **other: Any) -> dict[str, Any]:
        """Send a heartbeat of the right shape, with changes."""
        body = {
            "sent_at": wall_now().isoformat(),
            "backlog_readings": 0,
            "spool_bytes": 0,
            "dropped_readings": 0,
            "handovers": [],
            "jobs": [],
        }
        return (session or self.in_session).call("heartbeats", **(body | other))

    def lease(self, **more: Any) -> list[Command]:
        """Take what waits."""
        told = self.in_session.call("leases", limit=10, **more)
        return [Command.read(item) for item in items(told, "commands")]

    def report(self, command: Command, outcome: str = "DONE", **more: Any) -> dict[str, Any]:
        """Report on a command."""
        body = {"command": command.command, "lease": command.lease, "outcome": outcome}
        return self.in_session.call("results", **(body | more))

    def meter(self) -> Meter:
        """Return a hand-over of which at least two quarters have passed; Skipped without one."""
        for meter in self.meters:
            if meter.read_until + timedelta(minutes=30) <= meter.ends_at:
                return meter
        msg = "nothing is to be metered"
        raise Skipped(msg)


@dataclass(frozen=True)
class Check:
    """One thing that a platform must do."""

    name: str
    act: Callable[[Subject], None]

    @property
    def sentence(self) -> str:
        """Return what must hold, in one line."""
        return (self.act.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True)
class Verdict:
    """What a check found: `holds`, `broken` or `skipped`, and why."""

    check: str
    verdict: str
    sentence: str
    why: str = ""


def refused(code: str, call: Callable[[], object], *, status: int = 0) -> Refused:
    """Return the refusal with the code (and status); Broken when there is none, or another."""
    try:
        call()
    except Refused as refusal:
        if refusal.code != code or (status and refusal.status != status):
            msg = f"refused with {refusal.status} {refusal.code}, not {code}"
            raise Broken(msg) from refusal
        return refusal
    msg = f"taken, instead of refused with {code}"
    raise Broken(msg)


def same(told: object, wanted: object, what: str) -> None:
    """Raise Broken unless both are the same."""
    if told != wanted:
        msg = f"{what} is {told!r}, not {wanted!r}"
        raise Broken(msg)


def run(subject: Subject, checks: Mapping[str, Check]) -> list[Verdict]:
    """Run the checks in order; one that breaks does not keep the others from running."""
    return [_one(subject, check) for check in checks.values()]


def _one(subject: Subject, check: Check) -> Verdict:
    try:
        check.act(subject)
    except Skipped as skip:
        return Verdict(check.name, "skipped", check.sentence, str(skip))
    except (Broken, Refused, WireBroken, Unreachable) as broken:
        return Verdict(check.name, "broken", check.sentence, f"{type(broken).__name__}: {broken}")
    return Verdict(check.name, "holds", check.sentence)


def instant_near(told: datetime) -> None:
    """Raise Broken where the platform's clock and ours are more than a minute apart."""
    if abs(told - wall_now()) > timedelta(minutes=1):
        msg = f"server_at is {told.isoformat()}"
        raise Broken(msg)
