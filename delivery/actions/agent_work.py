"""Work for a site's agent: leased by number, reported once, fenced by session."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from counter.failpoints import failpoint
from counter.waking import announce
from delivery.actions.agent_sessions import in_force
from delivery.domain.agent_refusals import (
    LeaseLost,
    OutputGap,
    ResultConflict,
    ResultIncomplete,
)
from delivery.domain.jobs import MAX_LOG_BYTES
from delivery.domain.site_agent import AGENT_COMMAND_LIFECYCLE, LEASE, MAX_COMMANDS_A_LEASE
from delivery.models import AgentCommand, AgentHandover, AgentJob
from exchange.refusal import NotFound


@dataclass(frozen=True)
class Outcome:
    """What became of a command at the site. `fenced`: a later generation is known there."""

    outcome: str
    error: str = ""
    fenced: bool = False
    measured: Mapping[str, object] | None = None

    @property
    def sha256(self) -> str:
        """Return the hash by which a repeated report is known."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@transaction.atomic
def lease_commands(
    *, agent_id: int, fence: int, limit: int, holding: Sequence[int] | None = None, wall: datetime
) -> Sequence[AgentCommand]:
    """Lease the oldest waiting commands to the session in force; AgentFenced for any other.

    A lease that ended unreported is free for the next one, under a higher number. So is, where
    the agent says what it holds, what it was given and does not name: the answer was lost.
    """
    agent = in_force(agent_id, fence)
    if holding is not None:
        given = AgentCommand.objects.filter(site_id=agent.site_id, state="LEASED", fence=fence)
        given.exclude(pk__in=holding).update(state="QUEUED", lease_until=None)
    waiting = AgentCommand.objects.select_for_update(of=("self",)).filter(
        site_id=agent.site_id, state="QUEUED", expires_at__gt=wall
    )
    rows = list(waiting.order_by("id")[: min(limit, MAX_COMMANDS_A_LEASE)])
    for row in rows:
        AGENT_COMMAND_LIFECYCLE.check(row.state, "LEASED")
        row.state, row.fence, row.lease_until = "LEASED", fence, wall + LEASE
        row.leases += 1
        row.save(update_fields=["state", "fence", "lease_until", "leases"])
    if rows:
        failpoint("door.leasing")
    return rows


@transaction.atomic
def report_outcome(
    *, agent_id: int, fence: int, command_id: int, lease: int, told: Outcome, wall: datetime
) -> AgentCommand:
    """Finish a command with what the site says; the same report again changes nothing.

    Refuses fenced sessions (AgentFenced), leases that are over (LeaseLost), another result
    than the one stored (ResultConflict), tests without figures (ResultIncomplete).
    """
    agent = in_force(agent_id, fence)
    rows = AgentCommand.objects.select_for_update(of=("self",)).filter(site_id=agent.site_id)
    row = rows.filter(pk=command_id).first()
    if row is None:
        raise NotFound
    if row.leases != lease:
        raise LeaseLost(command=command_id, lease=lease)
    if row.state in {"DONE", "FAILED"}:
        if row.result_sha256 != told.sha256:
            raise ResultConflict(command=command_id)
        return row
    if row.state != "LEASED" or row.fence != fence:
        raise LeaseLost(command=command_id, lease=lease)
    if row.kind == "ACCEPT" and told.outcome == "DONE" and told.measured is None:
        raise ResultIncomplete
    AGENT_COMMAND_LIFECYCLE.check(row.state, told.outcome)
    row.state, row.lease_until, row.finished_at = told.outcome, None, wall
    row.result, row.result_sha256 = asdict(told), told.sha256
    row.save(update_fields=["state", "lease_until", "finished_at", "result", "result_sha256"])
    _follow(row, wall)
    announce("planned")
    failpoint("door.reporting")
    return row


def _follow(row: AgentCommand, wall: datetime) -> None:
    """Note what a finished command changed at the site."""
    if row.state != "DONE":
        return
    if row.kind == "PROVISION":
        AgentHandover.objects.update_or_create(
            site_id=row.site_id,
            external_name=row.external_name,
            defaults={"healthy": True, "detail": "", "reported_at": wall, "gone_at": None},
        )
    elif row.kind == "RELEASE":
        AgentHandover.objects.filter(site_id=row.site_id, external_name=row.external_name).update(
            gone_at=wall
        )


@transaction.atomic
def take_output(
    *, agent_id: int, fence: int, handover: str, job: str, offset: int, piece: bytes
) -> int:
    """Append a piece of a job's output; return up to which byte it is known.

    A piece that is known already changes nothing; OutputGap when one is missing before it.
    What goes beyond the job door's limit is dropped.
    """
    agent = in_force(agent_id, fence)
    rows = AgentJob.objects.select_for_update(of=("self",))
    row = rows.filter(site_id=agent.site_id, external_name=handover, job=job).first()
    if row is None:
        raise NotFound
    known = bytes(row.output)
    if offset > len(known):
        raise OutputGap(known=len(known))
    fresh = piece[len(known) - offset :]
    if fresh and len(known) < MAX_LOG_BYTES:
        row.output = (known + fresh)[:MAX_LOG_BYTES]
        row.save(update_fields=["output"])
    return max(len(known), offset + len(piece))
