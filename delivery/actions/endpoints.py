"""Give out the address of a service; who asked is noted."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from delivery.adapters.tickets import endpoint_address, endpoint_base
from delivery.domain.refusals import NotServed
from delivery.models import Job, JobKind
from exchange.refusal import NotFound


@dataclass(frozen=True)
class Opened:
    """Where a service answers: whoever has `url`, and its buyer's API tokens at `token_url`."""

    url: str
    token_url: str


@transaction.atomic
def open_endpoint(
    *, member_id: int, job_id: int, person_id: int | None = None, now: datetime
) -> Opened:
    """Return a service's addresses; the first opens for an hour.

    Refuses jobs that are no running service, and a house without a door; NotFound for others'.
    """
    job = Job.objects.filter(pk=job_id, buyer_id=member_id).first()
    if job is None:
        raise NotFound
    if job.kind != JobKind.SERVICE or job.state != "RUNNING":
        raise NotServed(detail="the job is no running service")
    url = endpoint_address(job_id)
    if not url:
        raise NotServed(detail="this house has no door for services")
    record_deed(
        verb="ENDPOINT_OPENED",
        subject=f"job:{job_id}",
        now=now,
        member_id=member_id,
        person_id=person_id,
    )
    return Opened(url, endpoint_base(job_id))
