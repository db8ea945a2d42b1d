"""What is to be done, found by anti-joins: nothing is sent, so nothing is lost."""

from datetime import datetime

from django.db.models import F, Q

from contracts.models import Agreement
from delivery.domain.allocation_lifecycle import METERED_STATES, PROVISION_LEAD
from delivery.domain.metering import QUARTER
from delivery.models import Allocation, Attempt, Job

AGREEMENT_IN_FORCE = "IN_FORCE"


def agreements_awaiting_allocation(limit: int) -> list[int]:
    """Return agreements in force without an allocation, oldest first."""
    rows = Agreement.objects.filter(state=AGREEMENT_IN_FORCE, allocation=None)
    return list(rows.order_by("starts_at", "id").values_list("id", flat=True)[:limit])


def allocations_to_provision(now: datetime, wall: datetime, limit: int) -> list[int]:
    """Return allocations whose start is near and which nobody works on or has given up."""
    due = Allocation.objects.filter(
        state__in=["PLANNED", "PROVISIONING"], starts_at__lte=now + PROVISION_LEAD
    )
    ids = list(due.order_by("starts_at", "id").values_list("id", flat=True)[: 2 * limit])
    resting = _resting("provision", ids, wall)
    return [pk for pk in ids if pk not in resting][:limit]


def _resting(kind: str, ids: list[int], wall: datetime) -> set[int]:
    """Return the ids whose attempt is leased or waits for its next try."""
    keys = Attempt.objects.filter(key__in=[f"{kind}:{pk}" for pk in ids]).filter(
        Q(lease_until__gt=wall) | Q(next_attempt_at__gt=wall)
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
        metered_until__lt=F("ends_at"),
    )
    return list(rows.order_by("metered_until", "id").values_list("id", flat=True)[:limit])


def unfinished_jobs(limit: int) -> list[int]:
    """Return queued and running jobs, oldest first."""
    rows = Job.objects.filter(state__in=["QUEUED", "RUNNING"])
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])
