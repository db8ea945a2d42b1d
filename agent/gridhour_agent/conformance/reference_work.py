"""The reference platform's work: commands, one chain of readings, output of jobs."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gridhour_agent.chain import Reading, link, reading_of, readings_message
from gridhour_agent.conformance.refusal import No, signed
from gridhour_agent.market_time import QUARTER, wall_now

KINDS = ("PROVISION", "ACCEPT", "RUN")
FACTS = {
    "PROVISION": {"devices": 1, "gflops_per_device": 1, "pool": "conform", "stack": "CPU"},
    "ACCEPT": {"devices": 1, "gflops_per_device": 1, "pool": "conform", "stack": "CPU"},
    "RUN": {"argv": ["true"], "devices": 1, "time_limit_s": 10, "env": {}},
}


@dataclass
class Row:
    """One command."""

    number: int
    kind: str
    lease: int = 0
    leased: bool = False
    result: Mapping[str, Any] | None = None


@dataclass
class Work:
    """What one site is asked for, and what it has sent."""

    faults: frozenset[str]
    chain: str
    head: str
    began: datetime
    length: int = 0
    rows: list[Row] = field(default_factory=list)
    stored: dict[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    outputs: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Ask for one command of each kind."""
        self.rows = [Row(number, kind) for number, kind in enumerate(KINDS, start=1)]

    @property
    def handover(self) -> str:
        """Return the one hand-over's name."""
        return f"{self.chain}-g1"

    def meter(self) -> dict[str, Any]:
        """Tell what to meter."""
        starts = sorted(start for start, _version in self.stored)
        until = datetime.fromisoformat(starts[-1]) + QUARTER if starts else self.began
        return {
            "handover": self.handover,
            "chain": self.chain,
            "devices": 1,
            "starts_at": self.began.isoformat(),
            "ends_at": (self.began + timedelta(hours=8)).isoformat(),
            "head": self.head,
            "length": self.length,
            "read_until": until.isoformat(),
        }

    def free(self) -> None:
        """Free the leases of the session before."""
        for row in self.rows:
            if row.result is None and "lease_kept" not in self.faults:
                row.leased = False

    def lose(self, holding: Sequence[int] | None) -> None:
        """Free what the session was given and does not hold: it never heard of it."""
        for row in self.rows:
            held = "held_given_again" not in self.faults and row.number in (holding or ())
            if holding is not None and not held and "lost_kept" not in self.faults:
                row.leased = False

    def lease(self, limit: int) -> list[dict[str, Any]]:
        """Lease what waits."""
        given: list[dict[str, Any]] = []
        for row in self.rows:
            if row.result is not None or len(given) == limit:
                continue
            if row.leased and "lease_twice" not in self.faults:
                continue
            row.leased = True
            row.lease += 1
            given.append(self._told(row))
        return given

    def _told(self, row: Row) -> dict[str, Any]:
        return {
            "command": row.number,
            "kind": row.kind,
            "handover": self.handover,
            "job": "job-1" if row.kind == "RUN" else "",
            "lease": row.lease,
            "lease_until": (wall_now() + timedelta(minutes=2)).isoformat(),
            "facts": FACTS[row.kind],
        }

    def result(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a result once."""
        row = next((one for one in self.rows if one.number == body["command"]), None)
        if row is None:
            raise No(404, "E-NOT-FOUND")
        if body["lease"] != row.lease and "lease_ignored" not in self.faults:
            raise No(409, "E-AGENT-04")
        told = {name: value for name, value in body.items() if name not in {"fence"}}
        if row.result is not None and row.result != told:
            if "result_overwritten" not in self.faults:
                raise No(409, "E-AGENT-05")
        elif row.result is None and not row.leased and "lease_ignored" not in self.faults:
            raise No(409, "E-AGENT-04")
        needs = row.kind == "ACCEPT" and body["outcome"] == "DONE" and not body.get("measured")
        if needs and "figures_unneeded" not in self.faults:
            raise No(422, "E-AGENT-09")
        row.result = told
        if row.kind == "RUN":
            self.outputs.setdefault("job-1", b"")
        return {"command": row.number, "state": str(body["outcome"])}

    def output(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Append a piece of output."""
        known = self.outputs.get(str(body["job"]))
        if known is None or body["handover"] != self.handover:
            raise No(404, "E-NOT-FOUND")
        piece, offset = base64.b64decode(str(body["piece"])), int(body["offset"])
        if offset > len(known) and "hole_taken" not in self.faults:
            raise No(409, "E-AGENT-07")
        self.outputs[str(body["job"])] = known + piece[max(0, len(known) - offset) :]
        return {"known": max(len(known), offset + len(piece))}

    def _fresh(self, told: list[Reading]) -> list[Reading]:
        """Return what is not stored; refuse other values for what is."""
        fresh = []
        for reading in told:
            known = self.stored.get((reading.interval_start.isoformat(), reading.version))
            if known is None or "reading_twice" in self.faults:
                fresh.append(reading)
            elif known != reading.written() and "reading_overwritten" not in self.faults:
                raise No(409, "E-READING-02")
        return fresh

    def readings(self, body: Mapping[str, Any], public_key: str) -> dict[str, Any]:
        """Take a batch, all or none."""
        if body["chain"] != self.chain:
            if "chain_of_anybody" in self.faults:
                return {"head": str(body["head"]), "stored": 1, "known": 0}
            raise No(404, "E-NOT-FOUND")
        told = [reading_of(reading) for reading in body["readings"]]
        fresh = self._fresh(told)
        head = self.head
        for offset, reading in enumerate(fresh, start=1):
            head = link(head, self.length + offset, reading)
        if fresh and head != body["head"] and "head_unchecked" not in self.faults:
            raise No(409, "E-READING-03")
        message = readings_message(self.chain, str(body["head"]))
        proof = signed(public_key, str(body["signature"]), message)
        if fresh and not proof and "signature_unchecked" not in self.faults:
            raise No(422, "E-READING-04")
        for reading in fresh:
            name = (reading.interval_start.isoformat(), reading.version)
            self.stored[name] = reading.written()
        self.head, self.length = head, self.length + len(fresh)
        return {"head": head, "stored": len(fresh), "known": len(told) - len(fresh)}
