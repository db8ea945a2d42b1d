"""The job door: the same for every chip."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from counter.waking import announce
from delivery.domain.job_lifecycle import JOB_LIFECYCLE
from delivery.domain.jobs import MAX_UNFINISHED, check_job, fitting_stack
from delivery.domain.refusals import (
    AllocationNotLive,
    JobIdReused,
    TooManyDevices,
    TooManyJobs,
)
from delivery.models import Allocation, Job, JobVariant
from exchange.refusal import NotFound

TAKES_JOBS = ("ACCEPTED", "DELIVERING", "INTERRUPTED")


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
    person_id: int | None = None,
    now: datetime,
) -> Job:
    """Queue the buyer's job on its delivery; the variant for the pool's stack will run.

    The same id and content again returns the first job. Refuses other content under a used
    id, jobs without fitting variant, more devices than delivered, and deliveries that do
    not take jobs. NotFound for deliveries of others.
    """
    row = _own_delivery(member_id, allocation_id)
    check_job(name, variants, devices, time_limit_s)
    wanted = {stack: list(argv) for stack, argv in variants.items()}
    earlier = Job.objects.filter(allocation=row, client_job_id=client_job_id).first()
    if earlier is not None:
        return _same_or_refuse(earlier, name, wanted, devices, time_limit_s)
    _check_room(row, devices)
    stack = fitting_stack(row.pool.chip.stack, wanted)
    job = Job.objects.create(
        allocation=row,
        name=name.strip(),
        client_job_id=client_job_id,
        devices=devices,
        time_limit_s=time_limit_s,
        submitted_at=now,
    )
    _add_variants(job, wanted, stack)
    record_deed(
        verb="JOB_SUBMITTED",
        subject=f"job:{job.pk}",
        now=now,
        member_id=member_id,
        person_id=person_id,
        facts={"allocation": row.external_name, "name": job.name, "stack": stack},
    )
    announce("job")
    return job


def _own_delivery(member_id: int, allocation_id: int) -> Allocation:
    row = (
        Allocation.objects.select_for_update(of=("self",))
        .select_related("pool__chip")
        .filter(pk=allocation_id, agreement__buyer_id=member_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def _add_variants(job: Job, wanted: Mapping[str, list[str]], stack: str) -> None:
    """Keep every variant, and name the one that will run."""
    rows = [JobVariant(job=job, stack=key, command=argv) for key, argv in wanted.items()]
    JobVariant.objects.bulk_create(rows)
    job.variant = next(variant for variant in rows if variant.stack == stack)
    job.external_id = f"job-{job.pk}"
    job.save(update_fields=["variant", "external_id"])


def _same_or_refuse(
    job: Job, name: str, variants: dict[str, list[str]], devices: int, time_limit_s: int
) -> Job:
    stored = dict(job.variants.values_list("stack", "command"))
    same = (job.name, job.devices, job.time_limit_s) == (name.strip(), devices, time_limit_s)
    if not same or stored != variants:
        raise JobIdReused(client_job_id=job.client_job_id)
    return job


def _check_room(row: Allocation, devices: int) -> None:
    if row.state not in TAKES_JOBS:
        raise AllocationNotLive(state=row.state)
    if devices > row.devices:
        raise TooManyDevices(wanted=devices, devices=row.devices)
    unfinished = Job.objects.filter(allocation=row, state__in=["QUEUED", "RUNNING"])
    if unfinished.count() >= MAX_UNFINISHED:
        raise TooManyJobs(limit=MAX_UNFINISHED)


@transaction.atomic
def cancel_job(*, member_id: int, job_id: int, person_id: int | None = None, now: datetime) -> Job:
    """Stop a job: a queued one at once, a running one at the site's next look.

    Refuses one that has ended with MoveRefused; NotFound for jobs of others.
    """
    job = (
        Job.objects.select_for_update(of=("self",))
        .filter(pk=job_id, allocation__agreement__buyer_id=member_id)
        .first()
    )
    if job is None:
        raise NotFound
    JOB_LIFECYCLE.check(job.state, "CANCELLED")
    job.cancel_asked = True
    if job.state == "QUEUED":
        job.state, job.ended_at = "CANCELLED", now
    job.save(update_fields=["cancel_asked", "state", "ended_at"])
    record_deed(
        verb="JOB_CANCELLED",
        subject=f"job:{job.pk}",
        now=now,
        member_id=member_id,
        person_id=person_id,
    )
    announce("job")
    return job
