"""Agents of sites: who calls, what they are to meter, and how they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Q, QuerySet

from delivery.domain.metering import QUARTER
from delivery.domain.naming import base_name
from delivery.domain.site_agent import MAX_HANDOVERS, SKEW_FLAGGED_MS
from delivery.models import (
    AgentCommand,
    AgentCredential,
    AgentHandover,
    Allocation,
    SiteAgent,
)

METERED_BY_AGENT = ("ACCEPTED", "DELIVERING", "INTERRUPTED")


@dataclass(frozen=True)
class Meter:
    """What an agent is to meter: the hand-over, its window, and where its chain stands."""

    handover: str
    chain: str
    devices: int
    starts_at: datetime
    ends_at: datetime
    head: str
    length: int
    read_until: datetime


@dataclass(frozen=True)
class ConnectorHealth:
    """How one site's agent is: last heard, its work and its backlog."""

    agent: SiteAgent
    queued: int
    leased: int
    failed: int
    standing: int

    @property
    def clock_is_off(self) -> bool:
        """Tell whether the agent's clock needs care."""
        return abs(self.agent.skew_ms) > SKEW_FLAGGED_MS


def agent_of_token(token_sha256: str, wall: datetime) -> SiteAgent | None:
    """Return the agent whose credential is in force, with its site and owner, or None."""
    row = (
        AgentCredential.objects.select_related("agent__site__owner")
        .filter(token_sha256=token_sha256, expires_at__gt=wall, revoked_at=None)
        .exclude(agent__state="REVOKED")
        .first()
    )
    return None if row is None else row.agent


def meters_of(site_id: int) -> Sequence[Meter]:
    """Return what the site's agent is to meter now, at most as many as a site may hold."""
    rows = (
        Allocation.objects.select_related("agreement")
        .filter(pool__site_id=site_id, connector="agent", state__in=METERED_BY_AGENT)
        .annotate(last_read=Max("readings__interval_start"))
    )
    return [
        Meter(
            handover=row.external_name,
            chain=base_name(row.agreement.number),
            devices=row.devices,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            head=row.chain_head,
            length=row.chain_length,
            read_until=row.last_read + QUARTER if row.last_read else row.starts_at,
        )
        for row in rows.order_by("id")[:MAX_HANDOVERS]
    ]


def allocation_of_chain(site_id: int, chain: str) -> Allocation | None:
    """Return the site's allocation with that chain of readings, whatever its generation."""
    number = chain.removeprefix("gh-")
    return Allocation.objects.filter(
        agreement__number=number, pool__site_id=site_id, connector="agent"
    ).first()


def agents_of(member_id: int | None) -> QuerySet[SiteAgent]:
    """Return a member's agents (all for None), those in force first, then newest first."""
    rows = SiteAgent.objects.select_related("site__owner")
    if member_id is not None:
        rows = rows.filter(site__owner_id=member_id)
    return rows.order_by(F("revoked_at").desc(nulls_first=True), "-id")


def health_of(agents: Sequence[SiteAgent]) -> list[ConnectorHealth]:
    """Return how the given agents are, with what is open at their sites."""
    sites = [agent.site_id for agent in agents]
    counted = AgentCommand.objects.filter(site_id__in=sites).values("site_id")
    work = {
        row["site_id"]: row
        for row in counted.annotate(
            queued=Count("id", filter=Q(state="QUEUED")),
            leased=Count("id", filter=Q(state="LEASED")),
            failed=Count("id", filter=Q(state__in=["FAILED", "EXPIRED"])),
        ).order_by()
    }
    held = AgentHandover.objects.filter(site_id__in=sites, gone_at=None).values("site_id")
    standing = {
        row["site_id"]: row["standing"] for row in held.annotate(standing=Count("id")).order_by()
    }
    nothing = {"queued": 0, "leased": 0, "failed": 0}
    return [
        ConnectorHealth(
            agent=agent,
            standing=standing.get(agent.site_id, 0),
            **{
                name: work.get(agent.site_id, nothing)[name]
                for name in ("queued", "leased", "failed")
            },
        )
        for agent in agents
    ]
