"""How jobs end, and go on: after a try, with their devices, with their gang, or unserved."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum

from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE
from delivery.domain.handover import JobStatus
from delivery.domain.job_lifecycle import JOB_LIFECYCLE
from delivery.domain.jobs import (
    LONGEST_WAIT,
    MAX_KEPT_BYTES_A_BUYER,
    OUTPUTS_KEPT,
    Tried,
    after_try,
)
from delivery.models import Job, JobKind, JobOutput
from delivery.models.job import UNFINISHED

ENDED = sorted(ALLOCATION_LIFECYCLE.ends)
NOTHING_KNOWN = JobStatus(known=False)
LOST = "lost with the hand-over"
DELIVERY_ENDED = "the delivery ended"
PREEMPTED = "preempted"


@transaction.atomic
def end_try(
    *,
    job_id: int,
    outcome: str,
    reason: str,
    status: JobStatus = NOTHING_KNOWN,
    outputs: Mapping[str, bytes] | None = None,
    now: datetime,
) -> Job:
    """End a job's try and keep its outputs; the job ends with it or goes back into the queue.

    Nothing happens to a job that has moved on already. The last unfinished members of a gang
    of which one does not succeed are stopped.
    """
    rows = Job.objects.select_for_update(of=("self",)).select_related("group", "allocation")
    job = rows.get(pk=job_id)
    if not JOB_LIFECYCLE.may(job.state, outcome):
        return job
    if outputs:
        keep_outputs(job, outputs, now)
    _move_on(job, outcome, reason, status, now)
    if job.state in {"FAILED", "CANCELLED"} and job.group and job.group.kind == "GANG":
        _stop_gang(job, now)
    return job


def _move_on(job: Job, outcome: str, reason: str, status: JobStatus, now: datetime) -> None:
    lost = reason in {LOST, DELIVERY_ENDED}
    if _had_its_time(job, reason):
        # A service follows its buyer's devices, however often; bound to one delivery it is done.
        lost, outcome = not job.bound, "SUCCEEDED" if job.bound else outcome
    gang = job.group is not None and job.group.kind == "GANG"
    counted = job.lost + (lost and not _had_its_time(job, reason))
    tried = Tried(job.tries, counted, job.max_retries, gang, job.bound)
    if job.cancel_asked and outcome == "FAILED" and reason in {LOST, DELIVERY_ENDED, PREEMPTED}:
        outcome, reason = "CANCELLED", "cancelled"
    state = outcome
    if job.state == "RUNNING":
        state = after_try(outcome, tried, lost=lost, preempted=reason == PREEMPTED)
    JOB_LIFECYCLE.check(job.state, state)
    job.state, job.reason, job.lost = state, reason[:200], tried.lost
    job.exit_code, job.cpu_ms = status.exit_code, status.cpu_ms
    job.preempted_at, job.wait_reason, job.expected_at, job.wait_rank = None, "", None, None
    if state == "QUEUED":
        job.started_at, job.external_id, job.log_bytes = None, "", 0
        if not job.bound:
            job.variant, job.allocation = None, None
    else:
        job.ended_at = now
    job.save()


def _had_its_time(job: Job, reason: str) -> bool:
    """Tell whether a service or session ended because its window did, not because that failed."""
    if job.kind == JobKind.BATCH or job.state != "RUNNING" or job.allocation is None:
        return False
    return reason == DELIVERY_ENDED and job.allocation.state != "FAILED"


def _stop_gang(ended: Job, now: datetime) -> None:
    """Stop what is left of a gang: alone its members are of no use."""
    rows = Job.objects.filter(group_id=ended.group_id).exclude(pk=ended.pk)
    reason = "a member of its gang did not succeed"
    rows.filter(state="QUEUED").update(
        state="CANCELLED", reason=reason, ended_at=now, wait_reason=""
    )
    rows.filter(state="RUNNING").update(cancel_asked=True)


def keep_outputs(job: Job, files: Mapping[str, bytes], now: datetime) -> None:
    """Replace the files of the job; what would go beyond the buyer's room is left out."""
    JobOutput.objects.filter(job=job).delete()
    kept = JobOutput.objects.filter(job__buyer_id=job.buyer_id)
    room = MAX_KEPT_BYTES_A_BUYER - (kept.aggregate(size=Sum("size_bytes"))["size"] or 0)
    rows = []
    for name, content in sorted(files.items()):
        if len(content) <= room:
            room -= len(content)
            digest = hashlib.sha256(content).hexdigest()
            rows.append(
                JobOutput(
                    job=job,
                    name=name,
                    size_bytes=len(content),
                    sha256=digest,
                    content=content,
                    kept_at=now,
                )
            )
    JobOutput.objects.bulk_create(rows)


def end_jobs_of(allocation_ids: Iterable[int], reason: str, now: datetime) -> None:
    """End the tries that ran on allocations, and jobs that could run nowhere else."""
    rows = Job.objects.filter(allocation_id__in=list(allocation_ids), state__in=UNFINISHED)
    if reason == LOST:
        rows = rows.filter(state="RUNNING")
    for pk in rows.order_by("id").values_list("id", flat=True):
        end_try(job_id=pk, outcome="FAILED", reason=reason, now=now)


@transaction.atomic
def end_unserved(*, now: datetime, limit: int = 500) -> int:
    """Fail queued jobs that nothing will serve any more; return how many.

    Their deadline has passed, their one delivery has ended, or they waited 30 days.
    """
    ended = Q(bound=True, allocation__state__in=ENDED)
    late = Q(deadline__lte=now) | Q(submitted_at__lte=now - LONGEST_WAIT)
    rows = Job.objects.filter(ended | late, state="QUEUED").select_related("allocation")
    found = list(rows.order_by("id")[:limit])
    for job in found:
        end_try(job_id=job.pk, outcome="FAILED", reason=_why_unserved(job, now), now=now)
    return len(found)


def _why_unserved(job: Job, now: datetime) -> str:
    if job.deadline is not None and job.deadline <= now:
        return "the deadline passed"
    return DELIVERY_ENDED if job.bound and job.allocation else "it waited too long"


def drop_old_outputs(*, now: datetime, limit: int = 500) -> int:
    """Remove outputs that were kept for 30 days of jobs that have ended; return how many."""
    old = JobOutput.objects.filter(kept_at__lte=now - OUTPUTS_KEPT).exclude(
        job__state__in=UNFINISHED
    )
    ids = list(old.order_by("id").values_list("id", flat=True)[:limit])
    JobOutput.objects.filter(pk__in=ids).delete()
    return len(ids)
