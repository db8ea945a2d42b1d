"""The job door: the same for every chip."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from django.db import connection, transaction

from accounts.actions import record_deed
from counter.failpoints import failpoint
from counter.waking import announce
from delivery.adapters.connectors import keys_with_doors
from delivery.domain.job_lifecycle import JOB_LIFECYCLE
from delivery.domain.jobs import (
    MAX_UNFINISHED,
    MAX_UNFINISHED_A_BUYER,
    JobRequest,
    check_request,
    fitting_stack,
)
from delivery.domain.refusals import (
    AllocationNotLive,
    JobIdReused,
    NoDoorThere,
    TooManyDevices,
    TooManyJobs,
)
from delivery.domain.serving import ServiceAsked
from delivery.models import Allocation, Job, JobGroup, JobKind, JobVariant, Service
from delivery.models.job import UNFINISHED
from exchange.refusal import NotFound

SERVICE_FIELDS = tuple(field.name for field in fields(ServiceAsked))
TAKES_JOBS = ("ACCEPTED", "DELIVERING", "INTERRUPTED")
COPIED = (
    "name",
    "client_job_id",
    "devices",
    "time_limit_s",
    "team",
    "priority",
    "min_memory_gb",
    "place",
    "dataset",
    "deadline",
    "saves_in_s",
    "max_retries",
)


@transaction.atomic
def submit_work(
    *, member_id: int, asked: JobRequest, person_id: int | None = None, now: datetime
) -> list[Job]:
    """Put a job, an array or a gang into the buyer's queue; it runs wherever it fits.

    The same id and content again returns the first jobs. Refuses what no site could take,
    other content under a used id, and queues that are too long.
    """
    check_request(asked, now)
    lock_queue(member_id)
    return put_in_queue(member_id, asked.tidy(), None, person_id, now)


@transaction.atomic
def submit_job(
    *,
    member_id: int,
    allocation_id: int,
    client_job_id: str,
    name: str,
    variants: Mapping[str, Sequence[str]],
    devices: int,
    time_limit_s: int,
    service: ServiceAsked | None = None,
    dataset: str = "",
    person_id: int | None = None,
    now: datetime,
) -> Job:
    """Put a job into the buyer's queue that runs on one delivery and nowhere else.

    Refuses, beyond what `submit_work` does, jobs without fitting variant, more devices than
    delivered, and deliveries that do not take jobs. NotFound for deliveries of others.
    """
    lock_queue(member_id)
    row = delivery_of(member_id, allocation_id)
    asked = JobRequest(
        client_job_id, name, variants, devices, time_limit_s, service=service, dataset=dataset
    )
    check_request(asked, now)
    return put_in_queue(member_id, asked.tidy(), row, person_id, now)[0]


def lock_queue(member_id: int) -> None:
    """Hold the buyer's queue until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7306, %s)", [member_id])


def delivery_of(member_id: int, allocation_id: int) -> Allocation:
    """Return the member's own delivery, locked; NotFound for others'."""
    row = (
        Allocation.objects.select_for_update(of=("self",))
        .select_related("pool__chip")
        .filter(pk=allocation_id, agreement__buyer_id=member_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def put_in_queue(
    member_id: int,
    asked: JobRequest,
    row: Allocation | None,
    person_id: int | None,
    now: datetime,
) -> list[Job]:
    """Make the jobs of a request that was checked, or return those made before; queue locked."""
    earlier = Job.objects.filter(buyer_id=member_id, client_job_id=asked.client_job_id)
    found = list(earlier.order_by("group_index", "id"))
    if found:
        return _same_or_refuse(found, asked, row)
    _check_room(member_id, row, asked)
    jobs = _created(member_id, asked, row, now)
    record_deed(
        verb="JOB_SUBMITTED",
        subject=f"job:{jobs[0].pk}",
        now=now,
        member_id=member_id,
        person_id=person_id,
        facts={
            "name": asked.name,
            "jobs": len(jobs),
            **({"allocation": row.external_name} if row else {}),
        },
    )
    announce("job")
    failpoint("door.submitting")
    return jobs


def _created(member_id: int, asked: JobRequest, row: Allocation | None, now: datetime) -> list[Job]:
    size, group = asked.array or asked.gang, None
    if size:
        kind = "ARRAY" if asked.array else "GANG"
        group = JobGroup.objects.create(buyer_id=member_id, kind=kind, size=size)
    values = {name: getattr(asked, name) for name in COPIED}
    jobs = Job.objects.bulk_create(
        Job(
            buyer_id=member_id,
            allocation=row,
            bound=row is not None,
            group=group,
            group_index=index if group else None,
            kind=JobKind.SERVICE if asked.service else JobKind.BATCH,
            submitted_at=now,
            **values,
        )
        for index in range(size or 1)
    )
    JobVariant.objects.bulk_create(
        JobVariant(job=job, stack=stack, command=argv)
        for job in jobs
        for stack, argv in asked.variants.items()
    )
    if asked.service is not None:
        Service.objects.create(job=jobs[0], **asdict(asked.service))
    if row is not None:
        # A job that runs on one delivery only is known to run this way.
        jobs[0].variant = jobs[0].variants.get(stack=row.pool.chip.stack)
        jobs[0].save(update_fields=["variant"])
    return jobs


def _same_or_refuse(found: list[Job], asked: JobRequest, row: Allocation | None) -> list[Job]:
    first = found[0]
    stored = dict(first.variants.values_list("stack", "command"))
    group = first.group
    size = (group.kind, group.size) if group else ("", 0)
    wanted = ("ARRAY" if asked.array else "GANG" if asked.gang else "", asked.array or asked.gang)
    same = all(getattr(first, name) == getattr(asked, name) for name in COPIED)
    place = (first.bound, first.allocation_id if first.bound else None)
    same = same and stored == asked.variants and service_of(first) == asked.service
    if not same or size != wanted or place != _bound_to(row):
        raise JobIdReused(client_job_id=asked.client_job_id)
    return found


def service_of(job: Job) -> ServiceAsked | None:
    """Return how a job was asked to be served; None for one that is not."""
    found = Service.objects.filter(job=job).values(*SERVICE_FIELDS).first()
    return ServiceAsked(**found) if found else None


def _bound_to(row: Allocation | None) -> tuple[bool, int | None]:
    return row is not None, row.pk if row else None


def _check_room(member_id: int, row: Allocation | None, asked: JobRequest) -> None:
    unfinished = Job.objects.filter(buyer_id=member_id, state__in=UNFINISHED)
    size = asked.array or asked.gang or 1
    if unfinished.count() + size > MAX_UNFINISHED_A_BUYER:
        raise TooManyJobs(limit=MAX_UNFINISHED_A_BUYER)
    if row is None:
        return
    if row.state not in TAKES_JOBS:
        raise AllocationNotLive(state=row.state)
    if asked.devices > row.devices:
        raise TooManyDevices(wanted=asked.devices, devices=row.devices)
    if unfinished.filter(allocation=row).count() >= MAX_UNFINISHED:
        raise TooManyJobs(limit=MAX_UNFINISHED)
    fitting_stack(row.pool.chip.stack, asked.variants)
    if asked.service is not None and row.connector not in keys_with_doors():
        raise NoDoorThere(connector=row.connector)


@transaction.atomic
def cancel_job(*, member_id: int, job_id: int, person_id: int | None = None, now: datetime) -> Job:
    """Stop a job: a queued one at once, a running one at the site's next look.

    Refuses one that has ended with MoveRefused; NotFound for jobs of others.
    """
    jobs = Job.objects.select_for_update(of=("self",))
    job = jobs.filter(pk=job_id, buyer_id=member_id).first()
    if job is None:
        raise NotFound
    JOB_LIFECYCLE.check(job.state, "CANCELLED")
    _cancel(job, member_id, person_id, now)
    return job


@transaction.atomic
def cancel_group(
    *, member_id: int, group_id: int, person_id: int | None = None, now: datetime
) -> list[Job]:
    """Stop all jobs of an array or gang that have not ended; NotFound for groups of others."""
    if not JobGroup.objects.filter(pk=group_id, buyer_id=member_id).exists():
        raise NotFound
    rows = Job.objects.select_for_update(of=("self",)).filter(group_id=group_id)
    jobs = list(rows.filter(state__in=UNFINISHED).order_by("id"))
    for job in jobs:
        _cancel(job, member_id, person_id, now)
    return jobs


def _cancel(job: Job, member_id: int, person_id: int | None, now: datetime) -> None:
    job.cancel_asked = True
    if job.state == "QUEUED":
        job.state, job.ended_at, job.wait_reason = "CANCELLED", now, ""
    job.save(update_fields=["cancel_asked", "state", "ended_at", "wait_reason"])
    record_deed(
        verb="JOB_CANCELLED",
        subject=f"job:{job.pk}",
        now=now,
        member_id=member_id,
        person_id=person_id,
    )
    announce("job")
