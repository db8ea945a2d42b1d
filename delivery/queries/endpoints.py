"""Served endpoints as their door sees them, and the record of their health."""

from dataclasses import dataclass

from django.db.models import Count, Prefetch, QuerySet

from delivery.domain.handover import AllocationView
from delivery.models import HealthCheck, Job, JobKind, Shell, ShellVisit
from delivery.queries.handover import view_of

VISITS_OF_EACH = 20


@dataclass(frozen=True)
class Endpoint:
    """A service that runs: whose it is, and where it is entered."""

    job_id: int
    member_id: int
    connector: str
    view: AllocationView
    external_id: str


def endpoint_of(job_id: int) -> Endpoint | None:
    """Return a service that runs for a member that is admitted; None for any other job."""
    job = (
        Job.objects.select_related(
            "buyer", "allocation__agreement", "allocation__pool__site", "allocation__pool__chip"
        )
        .filter(pk=job_id, kind=JobKind.SERVICE, state="RUNNING")
        .first()
    )
    if job is None or job.allocation is None or not job.buyer.may_trade:
        return None
    row = job.allocation
    return Endpoint(job.pk, job.buyer_id, row.connector, view_of(row), job.external_id)


def checks_of(member_id: int, job_id: int) -> QuerySet[HealthCheck]:
    """Return the looks at one of the member's services, newest first; none for strangers."""
    return HealthCheck.objects.filter(service__job_id=job_id, service__job__buyer_id=member_id)


def shells_of(member_id: int) -> QuerySet[Shell]:
    """Return the member's sessions with their jobs, newest first."""
    return Shell.objects.filter(job__buyer_id=member_id).select_related("job").order_by("-id")


def shells_at(allocation_id: int) -> QuerySet[Shell]:
    """Return the sessions on one delivery with their jobs and who opened them, newest first.

    `visit_count` is of all visits, `newest_visits` has the newest twenty of each.
    """
    newest = Prefetch(
        "visits", ShellVisit.objects.order_by("-id")[:VISITS_OF_EACH], to_attr="newest_visits"
    )
    rows = Shell.objects.filter(job__allocation_id=allocation_id).select_related("job", "person")
    return rows.annotate(visit_count=Count("visits")).prefetch_related(newest).order_by("-id")


def shell_of(member_id: int, job_id: int) -> Shell | None:
    """Return the session that a job of the member's is; None for any other job."""
    rows = Shell.objects.filter(job_id=job_id, job__buyer_id=member_id)
    return rows.select_related("job", "person").first()
