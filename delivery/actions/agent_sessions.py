"""Sessions of a site's agent: the newest is in force, and each heartbeat tells how things are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from delivery.domain.agent_refusals import AgentFenced, ClockOff, ProtocolUnknown
from delivery.domain.site_agent import (
    PROTOCOL,
    SITE_AGENT_LIFECYCLE,
    SKEW_REFUSED_MS,
)
from delivery.models import AgentCommand, AgentHandover, AgentJob, SiteAgent
from exchange.refusal import NotFound

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Heartbeat:
    """What an agent says of itself and of what stands at its site."""

    fence: int
    sent_at: datetime
    backlog_readings: int
    spool_bytes: int
    dropped_readings: int
    handovers: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    jobs: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@transaction.atomic
def open_session(*, agent_id: int, protocol: int, version: str, wall: datetime) -> SiteAgent:
    """Begin a session: all earlier ones of the site are fenced off, their leases are free again.

    ProtocolUnknown unless both speak the same version.
    """
    if protocol != PROTOCOL:
        raise ProtocolUnknown(spoken=PROTOCOL)
    agent = locked_agent(agent_id)
    agent.fence += 1
    agent.version = version
    agent.session_at = wall
    _heard(agent, wall)
    agent.save(update_fields=["fence", "version", "session_at", "heard_at", "state"])
    AgentCommand.objects.filter(site_id=agent.site_id, state="LEASED").update(
        state="QUEUED", lease_until=None
    )
    return agent


@transaction.atomic
def take_heartbeat(*, agent_id: int, beat: Heartbeat, wall: datetime) -> SiteAgent:
    """Note what the agent of the session in force says; AgentFenced for any other."""
    agent = in_force(agent_id, beat.fence)
    _heard(agent, wall)
    agent.skew_ms = (beat.sent_at - wall) // MILLISECOND
    agent.backlog_readings = beat.backlog_readings
    agent.spool_bytes = beat.spool_bytes
    agent.dropped_readings = beat.dropped_readings
    agent.save()
    _note_handovers(agent.site_id, beat.handovers, wall)
    _note_jobs(agent.site_id, beat.jobs, wall)
    return agent


def _heard(agent: SiteAgent, wall: datetime) -> None:
    if agent.state != "CONNECTED":
        SITE_AGENT_LIFECYCLE.check(agent.state, "CONNECTED")
        agent.state = "CONNECTED"
    agent.heard_at = wall


def locked_agent(agent_id: int) -> SiteAgent:
    """Return the agent, locked; NotFound when it was revoked meanwhile."""
    rows = SiteAgent.objects.select_for_update(of=("self",)).exclude(state="REVOKED")
    agent = rows.select_related("site").filter(pk=agent_id).first()
    if agent is None:
        raise NotFound
    return agent


def in_force(agent_id: int, fence: int) -> SiteAgent:
    """Return the agent, locked, if the fence is that of its session in force; else AgentFenced."""
    agent = locked_agent(agent_id)
    if fence != agent.fence:
        raise AgentFenced(fence=fence, current=agent.fence)
    return agent


@transaction.atomic
def check_fence(*, agent_id: int, fence: int) -> None:
    """Refuse with AgentFenced unless the session is the one in force."""
    in_force(agent_id, fence)


@transaction.atomic
def check_clock(*, agent_id: int, fence: int) -> SiteAgent:
    """Return the agent if its session is in force and its clock is right; else refuse."""
    agent = in_force(agent_id, fence)
    if abs(agent.skew_ms) > SKEW_REFUSED_MS:
        raise ClockOff(skew_ms=agent.skew_ms)
    return agent


def _note_handovers(site_id: int, told: Sequence[Mapping[str, Any]], wall: datetime) -> None:
    """Keep the list as told; what it does not name is gone."""
    rows = [
        AgentHandover(
            site_id=site_id,
            external_name=item["handover"],
            healthy=item["healthy"],
            detail=str(item["detail"])[:200],
            reported_at=wall,
        )
        for item in {str(item["handover"]): item for item in told}.values()
    ]
    AgentHandover.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["site", "external_name"],
        update_fields=["healthy", "detail", "reported_at", "gone_at"],
    )
    names = [row.external_name for row in rows]
    AgentHandover.objects.filter(site_id=site_id, gone_at=None).exclude(
        external_name__in=names
    ).update(gone_at=wall)


def _note_jobs(site_id: int, told: Sequence[Mapping[str, Any]], wall: datetime) -> None:
    """Keep how jobs are; only of jobs that this site was asked to run."""
    for item in told:
        AgentJob.objects.filter(
            site_id=site_id, external_name=item["handover"], job=item["job"]
        ).update(
            running=item["running"],
            exit_code=item["exit_code"],
            reason=str(item["reason"])[:200],
            cpu_ms=item["cpu_ms"],
            reported_at=wall,
        )
