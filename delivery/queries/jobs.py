"""Jobs and their output: the buyer's own."""

from django.db.models import QuerySet

from delivery.models import Job, JobLog

PIECES_A_PAGE = 100


def jobs_of(member_id: int) -> QuerySet[Job]:
    """Return the jobs on the member's own deliveries, newest first."""
    return Job.objects.filter(allocation__agreement__buyer_id=member_id).select_related(
        "allocation__pool__chip", "allocation__agreement", "variant"
    )


def job_for(member_id: int, job_id: int) -> Job | None:
    """Return one of the member's jobs; none for strangers."""
    return jobs_of(member_id).filter(pk=job_id).first()


def log_after(job_id: int, sequence: int, limit: int = PIECES_A_PAGE) -> list[JobLog]:
    """Return the pieces of a job's output after a number, in order."""
    return list(
        JobLog.objects.filter(job_id=job_id, sequence__gt=sequence).order_by("sequence")[:limit]
    )
