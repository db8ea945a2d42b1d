"""What is to be done, found by anti-joins: nothing is sent, so nothing is lost."""

from datetime import datetime

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from contracts.models import Agreement
from delivery.domain.allocation_lifecycle import METERED_STATES, PROVISION_LEAD
from delivery.domain.metering import QUARTER
from delivery.models import Allocation, Attempt, Job
from delivery.queries.sessions import sessions

AGREEMENT_IN_FORCE = "IN_FORCE"


def agreements_awaiting_allocation(limit: int) -> list[int]:
    """Return agreements on devices in force without an allocation, oldest first."""
    rows = Agreement.objects.filter(state=AGREEMENT_IN_FORCE, allocation=None, link_trade=None)
    return list(rows.order_by("starts_at", "id").values_list("id", flat=True)[:limit])


def allocations_to_provision(now: datetime, wall: datetime, limit: int) -> list[int]:
    """Return allocations whose start is near and which nobody works on or has given up."""
    due = Allocation.objects.filter(
        Q(recalled_from=None) | Q(recalled_from__gt=F("starts_at")),
        state__in=["PLANNED", "PROVISIONING"],
        starts_at__lte=now + PROVISION_LEAD,
    )
    ids = list(due.order_by("starts_at", "id").values_list("id", flat=True)[: 2 * limit])
    held = resting("provision", ids, wall)
    return [pk for pk in ids if pk not in held][:limit]


def is_held(living: frozenset[str], wall: datetime) -> Q:
    """Return the condition of a claim that is in force: leased to a session that lives."""
    return Q(lease_until__gt=wall, session__in=["", *living])


def resting(kind: str, ids: list[int], wall: datetime) -> set[int]:
    """Return the ids whose attempt is held or waits for its next try."""
    if not ids:
        return set()
    keys = Attempt.objects.filter(key__in=[f"{kind}:{pk}" for pk in ids]).filter(
        is_held(sessions().living, wall) | Q(next_attempt_at__gt=wall)
    )
    return {int(key.partition(":")[2]) for key in keys.values_list("key", flat=True)}


def allocations_to_start(now: datetime, limit: int) -> list[int]:
    """Return accepted allocations whose window has begun."""
    rows = Allocation.objects.filter(state="ACCEPTED", starts_at__lte=now)
    return list(rows.order_by("starts_at", "id").values_list("id", flat=True)[:limit])


def allocations_to_meter(now: datetime, limit: int) -> list[int]:
    """Return delivering allocations of which a quarter-hour has ended unread."""
    rows = Allocation.objects.filter(
        state__in=METERED_STATES,
        metered_until__lte=now - QUARTER,
        metered_until__lt=Coalesce("recalled_from", "ends_at"),
    )
    return list(rows.order_by("metered_until", "id").values_list("id", flat=True)[:limit])


def running_jobs(limit: int) -> list[int]:
    """Return running jobs, oldest first."""
    rows = Job.objects.filter(state="RUNNING")
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])


# Nothing more will be read of these: their hours seal at once.
SEALS_WITHOUT_READINGS = ("FAILED", "COMPLETED", "RECALLED")


def hours_awaiting_seal(now: datetime, limit: int) -> list[tuple[int, datetime]]:
    """Return (allocation, hour) of ended hours without a seal of the first run, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, h FROM delivery_allocation a CROSS JOIN LATERAL generate_series("
            " a.sealed_until, LEAST(a.ends_at, %s) - interval '1 hour', interval '1 hour') AS h"
            " WHERE a.sealed_until < a.ends_at AND NOT EXISTS (SELECT 1 FROM delivery_sealedusage s"
            " WHERE s.allocation_id = a.id AND s.hour_start = h AND s.run = 'II')"
            " ORDER BY h, a.id LIMIT %s",
            [now, limit],
        )
        return list(cursor.fetchall())
