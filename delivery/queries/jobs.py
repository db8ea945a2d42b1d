"""Jobs and their output: the buyer's own."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from delivery.models import Job, JobLog, JobOutput
from delivery.models.job import UNFINISHED

PIECES_A_PAGE = 100


def jobs_of(member_id: int) -> QuerySet[Job]:
    """Return the member's jobs, newest first."""
    return Job.objects.filter(buyer_id=member_id).select_related(
        "allocation__pool__chip", "allocation__agreement", "variant", "group", "service"
    )


def line_of(member_id: int) -> QuerySet[Job]:
    """Return the member's jobs that wait, in line; those not looked at yet come last."""
    waiting = jobs_of(member_id).filter(state="QUEUED")
    return waiting.order_by(F("wait_rank").asc(nulls_last=True), "group_index", "id")


def outputs_of(job_id: int) -> QuerySet[JobOutput]:
    """Return the files that a job left, without their content."""
    return JobOutput.objects.filter(job_id=job_id).defer("content").order_by("name")


def output_for(member_id: int, job_id: int, output_id: int) -> JobOutput | None:
    """Return one file of one of the member's jobs; none for strangers."""
    rows = JobOutput.objects.filter(pk=output_id, job_id=job_id, job__buyer_id=member_id)
    return rows.first()


def job_for(member_id: int, job_id: int) -> Job | None:
    """Return one of the member's jobs; none for strangers."""
    return jobs_of(member_id).filter(pk=job_id).first()


@dataclass(frozen=True)
class Standing:
    """Where a job stands."""

    state: str
    ended: bool


def standing_of(job_id: int) -> Standing | None:
    """Return where a job stands; None when there is none."""
    state = Job.objects.filter(pk=job_id).values_list("state", flat=True).first()
    return Standing(state, state not in UNFINISHED) if state else None


def log_after(job_id: int, sequence: int, limit: int = PIECES_A_PAGE) -> list[JobLog]:
    """Return the pieces of a job's output after a number, in order."""
    return list(
        JobLog.objects.filter(job_id=job_id, sequence__gt=sequence).order_by("sequence")[:limit]
    )
