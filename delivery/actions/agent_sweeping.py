"""The sweep of agents (wall time): silence is noticed, leases and codes end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from delivery.domain.allocation_lifecycle import LIVE_STATES
from delivery.domain.site_agent import LOST_AFTER, MAX_LEASES, SUSPECT_AFTER
from delivery.models import AgentCommand, AgentCredential, Allocation, EnrolmentCode, SiteAgent

KEPT_AFTER_EXPIRY = timedelta(days=1)
FOR_LIVE_HANDOVERS = ("PROVISION", "ACCEPT", "RUN")


@dataclass(frozen=True)
class AgentsSwept:
    """How many rows a sweep moved."""

    suspect: int
    lost: int
    codes: int
    freed: int
    expired: int
    withdrawn: int


@transaction.atomic
def sweep_agents(*, wall: datetime) -> AgentsSwept:
    """End every timed state of agents, codes and commands that is due; old credentials go."""
    AgentCredential.objects.filter(expires_at__lt=wall - KEPT_AFTER_EXPIRY).delete()
    lost = SiteAgent.objects.filter(state="SUSPECT", heard_at__lte=wall - LOST_AFTER)
    suspect = SiteAgent.objects.filter(
        state__in=["ENROLLED", "CONNECTED"], heard_at__lte=wall - SUSPECT_AFTER
    )
    codes = EnrolmentCode.objects.filter(state="OPEN", expires_at__lte=wall)
    over = AgentCommand.objects.filter(state="LEASED", lease_until__lte=wall)
    return AgentsSwept(
        lost=lost.update(state="LOST"),
        suspect=suspect.update(state="SUSPECT"),
        codes=codes.update(state="EXPIRED"),
        expired=_expire(wall),
        freed=over.update(state="QUEUED", lease_until=None),
        withdrawn=_withdraw(wall),
    )


def _expire(wall: datetime) -> int:
    """End commands that nobody took in time, or that were leased once too often."""
    waiting = Q(state="QUEUED", expires_at__lte=wall)
    spent = Q(state="LEASED", lease_until__lte=wall, leases__gte=MAX_LEASES)
    return AgentCommand.objects.filter(waiting | spent).update(
        state="EXPIRED", lease_until=None, finished_at=wall
    )


def _withdraw(wall: datetime, limit: int = 1_000) -> int:
    """Take back waiting work on hand-overs that nobody waits for any more."""
    waiting = AgentCommand.objects.filter(state="QUEUED", kind__in=FOR_LIVE_HANDOVERS)
    named = dict(waiting.order_by("id").values_list("id", "external_name")[:limit])
    live = set(
        Allocation.objects.filter(
            external_name__in=set(named.values()), state__in=LIVE_STATES
        ).values_list("external_name", flat=True)
    )
    stale = [pk for pk, name in named.items() if name not in live]
    return AgentCommand.objects.filter(pk__in=stale, state="QUEUED").update(
        state="WITHDRAWN", finished_at=wall
    )
