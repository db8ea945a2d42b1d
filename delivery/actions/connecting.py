"""Point a pool to another connector: what stands at a site ends there first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.actions import record_deed
from delivery.actions.allocations import note
from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.connectors import centres_by_kind, connector_named
from delivery.domain.allocation_lifecycle import LIVE_STATES
from delivery.domain.connecting_refusals import (
    CentreDoesNotAnswer,
    CentreNeeded,
    PoolDelivers,
    SiteWithoutAgent,
    UnknownCentre,
    UnknownConnector,
)
from delivery.models import Allocation, SiteAgent
from exchange.refusal import NotFound
from marketplace.actions.pools import point_pool
from marketplace.models import Pool

AGENT = "agent"


@dataclass(frozen=True)
class Connected:
    """Where a pool's hand-overs went, where they go, and how many planned ones go along."""

    was: str
    becomes: str
    planned: int


def connect_pool(*, pool_code: str, connector: str, centre: str = "", now: datetime) -> Connected:
    """Let a pool's next hand-overs go by another connector; planned deliveries go along.

    Refuses an unknown connector, a centre that has no table or does not answer, an agent that
    has not enrolled, and a pool of which hand-overs still stand elsewhere. NotFound for an
    unknown pool. Harmless to repeat; a change is in the audit trail.
    """
    key = key_of(connector, centre)
    pool = Pool.objects.select_related("site").filter(code=pool_code).first()
    if pool is None:
        raise NotFound
    if key == AGENT and not _has_agent(pool):
        raise SiteWithoutAgent(site=pool.site.code)
    _check_answer(key)
    return _point(pool, key, now)


def key_of(connector: str, centre: str) -> str:
    """Return the key of a connector, or of a centre's table of that kind."""
    kinds = centres_by_kind()
    if centre:
        if connector not in kinds:
            raise UnknownConnector(connector=connector, known=_listed(kinds))
        if centre not in kinds[connector]:
            known = _listed(kinds[connector])
            raise UnknownCentre(connector=connector, centre=centre, known=known)
        return centre
    if connector in settings.CONNECTORS:
        return connector
    if connector in kinds:
        raise CentreNeeded(connector=connector, known=_listed(kinds[connector]))
    raise UnknownConnector(connector=connector, known=_listed(settings.CONNECTORS))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "-"


def _has_agent(pool: Pool) -> bool:
    return SiteAgent.objects.filter(site_id=pool.site_id).exclude(state="REVOKED").exists()


def _check_answer(key: str) -> None:
    """Ask the centre what stands there: that takes its table, its token and its network."""
    try:
        connector_named(key).inventory()
    except ConnectorFailed as failure:
        raise CentreDoesNotAnswer(connector=key, why=str(failure)) from failure


@transaction.atomic
def _point(pool: Pool, key: str, now: datetime) -> Connected:
    open_rows = Allocation.objects.select_for_update().filter(
        pool=pool, state__in=["PLANNED", *LIVE_STATES]
    )
    elsewhere = [row for row in open_rows.order_by("id") if row.connector != key]
    standing = [row for row in elsewhere if row.state != "PLANNED"]
    if standing:
        until = max(row.ends_at for row in standing)
        raise PoolDelivers(
            count=len(standing),
            pool=pool.code,
            connector=_listed({row.connector for row in standing}),
            until=f"{until:%Y-%m-%dT%H:%MZ}",
        )
    was = point_pool(pool_id=pool.pk, connector=key)
    for row in elsewhere:
        note(row, "CONNECTOR", now, was=row.connector, becomes=key)
    Allocation.objects.filter(pk__in=[row.pk for row in elsewhere]).update(connector=key)
    if was != key or elsewhere:
        record_deed(
            verb="POOL_CONNECTED",
            subject=f"pool:{pool.code}",
            now=now,
            facts={"was": was, "becomes": key, "planned": len(elsewhere)},
        )
    return Connected(was, key, len(elsewhere))
