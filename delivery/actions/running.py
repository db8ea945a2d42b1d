"""Drive jobs: bring what runs to its site, take over output and files, note how it ended."""

from datetime import datetime

from django.db import transaction

from counter.failpoints import failpoint
from delivery.actions.attempts import claim, failed
from delivery.actions.ending import DELIVERY_ENDED, LOST, PREEMPTED, end_try
from delivery.actions.queueing import schedule_queue
from delivery.adapters.connector import Checkpoints, Connector, ConnectorFailed, KeepsOutputs
from delivery.adapters.connectors import connector_named
from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE
from delivery.domain.handover import AllocationView, JobSpec, JobStatus
from delivery.domain.jobs import MAX_LOG_BYTES
from delivery.domain.serving import TryEnded, runs_for_s, service_ended
from delivery.models import Allocation, Job, JobKind, JobLog
from delivery.queries.handover import view_of, with_place

PIECES_A_LOOK = 32
NOT_SAVED_IN_S = 1


def drive_job(*, job_id: int, now: datetime, wall: datetime, factor: int = 1) -> Job:
    """Move one job on as far as it goes now. Harmless to repeat, and to die in between.

    `factor` is how many market seconds a wall second has.
    """
    job = Job.objects.get(pk=job_id)
    if job.state == "QUEUED":
        schedule_queue(member_id=job.buyer_id, now=now, factor=factor)
        job = Job.objects.get(pk=job_id)
    if job.state != "RUNNING":
        return job
    row = with_place(Allocation.objects.filter(jobs=job)).get()
    if row.state in ALLOCATION_LIFECYCLE.ends:
        return end_try(job_id=job_id, outcome="FAILED", reason=DELIVERY_ENDED, now=now)
    try:
        return _look(connector_named(row.connector), view_of(row), job_id, now, factor)
    except ConnectorFailed as failure:
        held = claim(key=f"job:{job_id}", wall=wall)
        if held is not None and failed(held, error=str(failure), wall=wall):
            return end_try(job_id=job_id, outcome="FAILED", reason=str(failure), now=now)
        return Job.objects.get(pk=job_id)


def _look(site: Connector, view: AllocationView, job_id: int, now: datetime, factor: int) -> Job:
    """Start the job unless the site knows it, take over its output, and note its end."""
    job = Job.objects.select_related("variant", "group", "service").get(pk=job_id)
    if job.state != "RUNNING" or job.variant is None:
        return job
    status = site.job_state(view, job.external_id)
    if not status.known and job.cancel_asked:
        return end_try(
            job_id=job_id, outcome="CANCELLED", reason="cancelled", status=status, now=now
        )
    if not status.known and job.preempted_at is not None:
        return end_try(job_id=job_id, outcome="FAILED", reason=PREEMPTED, status=status, now=now)
    if not status.known:
        failpoint("job.unknown")
        _bring(site, view, job, runs_for_s(view.ends_at - now, factor))
        failpoint("job.brought")
        status = site.job_state(view, job.external_id)
    elif status.running:
        _tell(site, view, job, now)
    take_over_log(site, view, job)
    if status.running or not status.known:
        return job
    return _ended(site, view, job, status, now)


def _bring(site: Connector, view: AllocationView, job: Job, to_the_end_s: int) -> None:
    """Start the job; a later try begins with the files that the one before left.

    What has no time limit of its own runs for `to_the_end_s` wall seconds at most.
    """
    if job.variant is None:
        return
    if job.tries > 1 and isinstance(site, KeepsOutputs):
        files = {row.name: bytes(row.content) for row in job.outputs.order_by("name")}
        site.job_begins_with(view, job.external_id, files)
    argv = tuple(str(part) for part in job.variant.command)
    env = [
        ("GRIDHOUR_TRY", str(job.tries)),
        ("GRIDHOUR_SAVES_IN_S", str(job.saves_in_s or NOT_SAVED_IN_S)),
    ]
    if job.group is not None:
        kind = "ARRAY" if job.group.kind == "ARRAY" else "GANG"
        env += [
            (f"GRIDHOUR_{kind}_INDEX", str(job.group_index)),
            (f"GRIDHOUR_{kind}_SIZE", str(job.group.size)),
        ]
    port = 0
    if job.kind == JobKind.SERVICE:
        port = job.service.port
        env.append(("GRIDHOUR_PORT", str(port)))
    limit_s, entered = job.time_limit_s or to_the_end_s, job.kind == JobKind.SESSION
    spec = JobSpec(job.external_id, argv, job.devices, limit_s, tuple(env), port, entered)
    site.run_job(view, spec)


def _tell(site: Connector, view: AllocationView, job: Job, now: datetime) -> None:
    """Pass on that the job is to end: at once, or when it has saved its state."""
    over = job.kind == JobKind.SERVICE and (view.ends_at <= now or _given_up(job) != "")
    if job.cancel_asked or over:
        site.cancel_job(view, job.external_id)
    elif job.preempted_at is not None and isinstance(site, Checkpoints):
        site.checkpoint_job(view, job.external_id, job.saves_in_s or NOT_SAVED_IN_S)
    elif job.preempted_at is not None:
        site.cancel_job(view, job.external_id)


def _given_up(job: Job) -> str:
    """Return why this try of a service was given up for its health; nothing if it was not."""
    return job.service.given_up if job.service.attempt == job.tries else ""


def _ended(
    site: Connector, view: AllocationView, job: Job, status: JobStatus, now: datetime
) -> Job:
    state, reason = "FAILED", status.reason
    if job.preempted_at is None and reason == PREEMPTED:
        # A site's word for it: nobody has asked the job to leave.
        reason = ""
    if job.preempted_at is not None and reason == "cancelled" and not job.cancel_asked:
        reason = PREEMPTED
    elif job.kind == JobKind.SERVICE and not job.cancel_asked and reason != LOST:
        so = TryEnded(status.exit_code, reason, _given_up(job), view.ends_at <= now)
        state, reason = service_ended(so)
    elif job.kind == JobKind.SESSION and reason in {"", "time limit"}:
        state = "SUCCEEDED"
    elif reason == "cancelled":
        state = "CANCELLED"
    elif status.exit_code == 0 and not reason:
        state = "SUCCEEDED"
    outputs = None
    if isinstance(site, KeepsOutputs) and reason != LOST:
        outputs = site.job_outputs(view, job.external_id)
    failpoint("job.ended")
    ended = end_try(
        job_id=job.pk, outcome=state, reason=reason, status=status, outputs=outputs, now=now
    )
    failpoint("job.noted")
    return ended


def take_over_log(site: Connector, view: AllocationView, job: Job) -> None:
    """Append new output as numbered pieces, up to the limit a try may write."""
    offset = job.log_bytes
    for _ in range(PIECES_A_LOOK):
        if offset >= MAX_LOG_BYTES:
            return
        piece = site.job_log(view, job.external_id, offset)[: MAX_LOG_BYTES - offset]
        if not piece or not _append(job.pk, job.external_id, offset, piece):
            return
        offset += len(piece)


@transaction.atomic
def _append(job_id: int, external_id: str, offset: int, piece: bytes) -> bool:
    """Append unless another worker took this piece over already, or the try has ended."""
    job = Job.objects.select_for_update(of=("self",)).get(pk=job_id)
    if (job.log_bytes, job.external_id) != (offset, external_id):
        return False
    last = JobLog.objects.filter(job=job).order_by("-sequence").first()
    text = piece.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    JobLog.objects.create(job=job, sequence=last.sequence + 1 if last else 1, text=text)
    job.log_bytes = offset + len(piece)
    job.save(update_fields=["log_bytes"])
    return True
