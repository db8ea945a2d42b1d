"""Drive jobs: start what fits, take over output, note how it ended."""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from delivery.actions.attempts import claim, failed
from delivery.adapters.connector import Connector, ConnectorFailed
from delivery.adapters.connectors import connector_named
from delivery.domain.handover import AllocationView, JobSpec, JobStatus
from delivery.domain.job_lifecycle import JOB_LIFECYCLE
from delivery.domain.jobs import MAX_LOG_BYTES
from delivery.models import Allocation, Job, JobLog
from delivery.queries.handover import view_of, with_place

PIECES_A_LOOK = 32


def drive_job(*, job_id: int, now: datetime, wall: datetime) -> Job:
    """Move one job on as far as it goes now. Harmless to repeat, and to die in between."""
    job = Job.objects.select_related("variant").get(pk=job_id)
    row = with_place(Allocation.objects.filter(pk=job.allocation_id)).get()
    if row.state in {"COMPLETED", "FAILED"}:
        return _end(job_id, "FAILED", "the delivery ended", JobStatus(known=False), now)
    if job.state == "QUEUED" and not _begin(job_id, now):
        return job
    view = view_of(row)
    try:
        return _look(connector_named(row.connector), view, job_id, now)
    except ConnectorFailed as failure:
        held = claim(key=f"job:{job_id}", wall=wall)
        if held is not None and failed(held, error=str(failure), wall=wall):
            return _end(job_id, "FAILED", str(failure), JobStatus(known=False), now)
        return Job.objects.get(pk=job_id)


@transaction.atomic
def _begin(job_id: int, now: datetime) -> bool:
    """Mark a queued job as running when its devices are free; return whether it runs."""
    job = Job.objects.select_for_update().get(pk=job_id)
    row = Allocation.objects.select_for_update().get(pk=job.allocation_id)
    if job.state != "QUEUED" or row.state != "DELIVERING":
        return job.state == "RUNNING"
    running = Job.objects.filter(allocation=row, state="RUNNING")
    busy = running.aggregate(devices=Sum("devices"))["devices"] or 0
    if busy + job.devices > row.devices:
        return False
    JOB_LIFECYCLE.check(job.state, "RUNNING")
    job.state, job.started_at = "RUNNING", now
    job.save(update_fields=["state", "started_at"])
    return True


def _look(site: Connector, view: AllocationView, job_id: int, now: datetime) -> Job:
    """Start the job unless the site knows it, take over its output, and note its end."""
    job = Job.objects.select_related("variant").get(pk=job_id)
    if job.state != "RUNNING" or job.variant is None:
        return job
    if job.cancel_asked:
        site.cancel_job(view, job.external_id)
    status = site.job_state(view, job.external_id)
    if not status.known and job.cancel_asked:
        return _end(job_id, "CANCELLED", "cancelled", status, now)
    if not status.known:
        argv = tuple(str(part) for part in job.variant.command)
        site.run_job(view, JobSpec(job.external_id, argv, job.devices, job.time_limit_s))
        status = site.job_state(view, job.external_id)
    take_over_log(site, view, job)
    if status.running or not status.known:
        return job
    state = "CANCELLED" if status.reason == "cancelled" else "FAILED"
    if status.exit_code == 0 and not status.reason:
        state = "SUCCEEDED"
    return _end(job_id, state, status.reason, status, now)


def take_over_log(site: Connector, view: AllocationView, job: Job) -> None:
    """Append new output as numbered pieces, up to the limit a job may write."""
    offset = job.log_bytes
    for _ in range(PIECES_A_LOOK):
        if offset >= MAX_LOG_BYTES:
            return
        piece = site.job_log(view, job.external_id, offset)[: MAX_LOG_BYTES - offset]
        if not piece or not _append(job.pk, offset, piece):
            return
        offset += len(piece)


@transaction.atomic
def _append(job_id: int, offset: int, piece: bytes) -> bool:
    """Append unless another worker took this piece over already."""
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.log_bytes != offset:
        return False
    last = JobLog.objects.filter(job=job).order_by("-sequence").first()
    text = piece.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    JobLog.objects.create(job=job, sequence=last.sequence + 1 if last else 1, text=text)
    job.log_bytes = offset + len(piece)
    job.save(update_fields=["log_bytes"])
    return True


@transaction.atomic
def _end(job_id: int, state: str, reason: str, status: JobStatus, now: datetime) -> Job:
    job = Job.objects.select_for_update().get(pk=job_id)
    if not JOB_LIFECYCLE.may(job.state, state):
        return job
    job.state, job.reason, job.ended_at = state, reason[:200], now
    job.exit_code, job.cpu_ms = status.exit_code, status.cpu_ms
    job.save(update_fields=["state", "reason", "ended_at", "exit_code", "cpu_ms"])
    return job
