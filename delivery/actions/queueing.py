"""One look at a buyer's queue: what the pure rule decides is written down at once."""

from datetime import datetime

from django.db import transaction

from delivery.actions.jobs import lock_queue
from delivery.adapters.connectors import keys_with_doors
from delivery.domain.job_lifecycle import JOB_LIFECYCLE
from delivery.domain.queue import Plan, Queue, plan
from delivery.models import Allocation, Job
from delivery.models.job import UNFINISHED
from delivery.queries.queue import queue_of


@transaction.atomic
def schedule_queue(*, member_id: int, now: datetime, factor: int) -> Plan:
    """Start what fits, ask to leave what must, and note why each other job waits.

    `factor` is how many market seconds a wall second has. Jobs that start are RUNNING from
    here on; `drive_job` brings them to their sites.
    """
    lock_queue(member_id)
    queue = queue_of(member_id, now, factor, keys_with_doors())
    # Nobody hands over, ends or renews an allocation while its devices are given to jobs.
    held = {capacity.id for capacity in queue.capacities}
    rows = Allocation.objects.select_for_update().filter(pk__in=held, state="DELIVERING")
    live = {row.pk: row for row in rows.select_related(None).order_by("id")}
    decided = plan(queue)
    jobs = {
        job.pk: job
        for job in Job.objects.select_for_update(of=("self",))
        .filter(buyer_id=member_id, state__in=UNFINISHED)
        .order_by("id")
    }
    _start(decided, queue, jobs, live, now)
    _preempt(decided, jobs, now)
    _note_waits(decided, jobs)
    return decided


def _start(
    decided: Plan,
    queue: Queue,
    jobs: dict[int, Job],
    live: dict[int, Allocation],
    now: datetime,
) -> None:
    stacks = {capacity.id: capacity.stack for capacity in queue.capacities}
    whole = {
        pk
        for unit in queue.waiting
        for pk in unit.ids
        if all(
            start.capacity_id in live
            and jobs.get(start.job_id) is not None
            and jobs[start.job_id].state == "QUEUED"
            for start in decided.starts
            if start.job_id in unit.ids
        )
    }
    for start in decided.starts:
        if start.job_id not in whole:
            continue
        job = jobs[start.job_id]
        JOB_LIFECYCLE.check(job.state, "RUNNING")
        job.state, job.started_at, job.tries = "RUNNING", now, job.tries + 1
        job.allocation_id = start.capacity_id
        job.variant = job.variants.get(stack=stacks[start.capacity_id])
        job.external_id = f"job-{job.pk}" if job.tries == 1 else f"job-{job.pk}-{job.tries}"
        job.wait_reason, job.wait_rank, job.expected_at, job.reason = "", None, None, ""
        job.save()


def _preempt(decided: Plan, jobs: dict[int, Job], now: datetime) -> None:
    ids = [preempt.job_id for preempt in decided.preempts if preempt.job_id in jobs]
    Job.objects.filter(pk__in=ids, state="RUNNING", preempted_at=None).update(preempted_at=now)


def _note_waits(decided: Plan, jobs: dict[int, Job]) -> None:
    """Write only what changed: most looks find a queue as it was."""
    changed = []
    for wait in decided.waits:
        job = jobs.get(wait.job_id)
        told = (str(wait.why), wait.rank, wait.expected_at)
        if job and (job.wait_reason, job.wait_rank, job.expected_at) != told:
            job.wait_reason, job.wait_rank, job.expected_at = told
            changed.append(job)
    Job.objects.bulk_update(changed, ["wait_reason", "wait_rank", "expected_at"], batch_size=500)
