"""A buyer's queue and allocations as the rule sees them: frozen."""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, Sum, Value
from django.db.models.functions import Extract, Greatest

from delivery.domain.queue import Capacity, Queue, Running, Unit
from delivery.domain.serving import LEAST_LASTS_S
from delivery.models import Allocation, Job, JobVariant
from delivery.models.job import UNFINISHED, JobKind
from delivery.queries.data import DataThere, data_at

# States in which an allocation may run jobs, now or later.
HELD = ("PLANNED", "PROVISIONING", "ACCEPTED", "DELIVERING", "INTERRUPTED")
RECALLABLE = ("RECALLABLE", "SURPLUS")
MAX_CAPACITIES, MAX_WAITING = 200, 400
# What teams have had counts for a day.
MEMORY_OF_USE = timedelta(hours=24)
LATER = timedelta(minutes=15)
SOON = timedelta(seconds=1)


def members_with_jobs(limit: int) -> list[int]:
    """Return buyers with unfinished jobs, those who wait longest first."""
    rows = Job.objects.filter(state__in=UNFINISHED).order_by("id").values_list("buyer_id", "id")
    return list(dict(rows[: 50 * limit]))[:limit]


def queue_of(member_id: int, now: datetime, factor: int, doors: frozenset[str]) -> Queue:
    """Return all that a plan of the member's queue depends on.

    `doors` are the connectors whose jobs can be entered.
    """
    rows = list(
        Job.objects.filter(buyer_id=member_id, state__in=UNFINISHED)
        .select_related("group", "allocation")
        .order_by("id")
    )
    held = list(_held(member_id, now)[:MAX_CAPACITIES])
    there = data_at(row.pk for row in held)
    queued = [job for job in rows if job.state == "QUEUED" and not job.cancel_asked]
    return Queue(
        now=now,
        capacities=tuple(
            _capacity(row, now, doors, there.get(row.pk, DataThere())) for row in held
        ),
        running=tuple(_running(job, now, factor) for job in rows if job.state == "RUNNING"),
        waiting=_units(queued, factor)[:MAX_WAITING],
        used=tuple(sorted(_used(member_id, now).items())),
    )


def _held(member_id: int, now: datetime) -> QuerySet[Allocation]:
    return (
        Allocation.objects.filter(
            Q(recalled_from=None) | Q(recalled_from__gt=Greatest(F("starts_at"), Value(now))),
            agreement__buyer_id=member_id,
            state__in=HELD,
            ends_at__gt=now,
        )
        .select_related("pool__chip", "pool__site__zone", "agreement__trade__listing")
        .order_by("starts_at", "id")
    )


def _capacity(row: Allocation, now: datetime, doors: frozenset[str], there: DataThere) -> Capacity:
    trade = row.agreement.trade
    opens_at = row.starts_at
    if row.state == "INTERRUPTED":
        opens_at = now + LATER
    elif row.state != "DELIVERING":
        opens_at = max(row.starts_at, now + SOON)
    return Capacity(
        id=row.pk,
        devices=row.devices,
        stack=row.pool.chip.stack,
        memory_gb=row.pool.chip.memory_gb,
        site=row.pool.site.code,
        zone=row.pool.site.zone.code,
        opens_at=opens_at,
        closes_at=row.until,
        recallable=trade is not None and trade.listing.firmness in RECALLABLE,
        doors=row.connector in doors,
        data=frozenset(there.staged),
        coming=frozenset(there.coming),
    )


def market_length(wall_seconds: int, factor: int) -> timedelta:
    """Return how much market time a stretch of wall time takes; while the clock rests, little."""
    return timedelta(seconds=max(1, wall_seconds * factor))


def _running(job: Job, now: datetime, factor: int) -> Running:
    ends_by = (job.started_at or now) + market_length(job.time_limit_s, factor)
    if job.kind == JobKind.SERVICE and job.allocation is not None:
        ends_by = job.allocation.ends_at
    saves_in = market_length(job.saves_in_s, factor) if job.saves_in_s else None
    if job.preempted_at is not None:
        ends_by = min(ends_by, job.preempted_at + (saves_in or SOON))
    return Running(
        id=job.pk,
        capacity_id=job.allocation_id or 0,
        devices=job.devices,
        ends_by=ends_by,
        priority=job.priority,
        saves_in=saves_in,
        warned=job.preempted_at is not None,
    )


def _units(queued: list[Job], factor: int) -> tuple[Unit, ...]:
    """Return single jobs and whole gangs; a gang of which a member is not queued waits."""
    stacks: dict[int, set[str]] = {}
    rows = JobVariant.objects.filter(job__in=queued).order_by("id")
    for job_id, stack in rows.values_list("job_id", "stack"):
        stacks.setdefault(job_id, set()).add(stack)
    together: dict[tuple[str, int], list[Job]] = {}
    for job in queued:
        gang = job.group_id if job.group is not None and job.group.kind == "GANG" else None
        together.setdefault(("gang", gang) if gang else ("job", job.pk), []).append(job)
    return tuple(
        _unit(jobs, frozenset(stacks.get(jobs[0].pk, ())), factor) for jobs in together.values()
    )


def _unit(jobs: list[Job], stacks: frozenset[str], factor: int) -> Unit:
    first = jobs[0]
    return Unit(
        ids=tuple(job.pk for job in jobs),
        devices=first.devices,
        lasts=market_length(first.time_limit_s or LEAST_LASTS_S, factor),
        stacks=stacks,
        submitted_at=first.submitted_at,
        min_memory_gb=first.min_memory_gb,
        place=first.place,
        data=first.dataset,
        deadline=first.deadline,
        priority=first.priority,
        team=first.team,
        capacity_id=first.allocation_id if first.bound else None,
        saves=first.saves_in_s > 0,
        door=first.kind != JobKind.BATCH,
        stays=first.kind == JobKind.SERVICE,
    )


def _used(member_id: int, now: datetime) -> dict[str, int]:
    """Return the device-seconds that each team's ended jobs had in the last market day."""
    spent = Extract(F("ended_at") - F("started_at"), "epoch") * F("devices")
    rows = (
        Job.objects.filter(
            buyer_id=member_id, ended_at__gt=now - MEMORY_OF_USE, started_at__isnull=False
        )
        .values("team")
        .annotate(seconds=Sum(spent))
        .order_by("team")
    )
    used = {row["team"]: int(row["seconds"] or 0) for row in rows}
    for job in Job.objects.filter(buyer_id=member_id, state="RUNNING"):
        held = int((now - (job.started_at or now)).total_seconds()) * job.devices
        used[job.team] = used.get(job.team, 0) + max(0, held)
    return used
