"""Short-lived addresses: the doors for events and for services know no session."""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

from counter.context import events_url

OPENS_FOR = timedelta(hours=1)
OUTPUT, ENDPOINT = "delivery.job-output", "delivery.endpoint"


def stream_address(job_id: int) -> str:
    """Return where the output of a job is streamed, for whoever has the address; "" without door.

    The caller has made sure that the job may be read.
    """
    door = events_url()
    return f"{door}jobs/{job_id}/?ticket={_ticket(OUTPUT, job_id)}" if door else ""


def endpoint_address(job_id: int) -> str:
    """Return where a service answers, for whoever has the address; "" without a door.

    The caller has made sure that the job may be read.
    """
    door = settings.DOOR_URL.rstrip("/")
    return f"{door}/t/{_ticket(ENDPOINT, job_id)}/" if door else ""


def endpoint_base(job_id: int) -> str:
    """Return where a service answers its buyer's API tokens; "" without a door."""
    door = settings.DOOR_URL.rstrip("/")
    return f"{door}/{job_id}/" if door else ""


def _ticket(salt: str, job_id: int) -> str:
    return TimestampSigner(salt=salt).sign(str(job_id))


def opens(ticket: str, job_id: int, salt: str = OUTPUT) -> bool:
    """Tell whether the ticket was given out for the job and this door within the last hour."""
    try:
        return TimestampSigner(salt=salt).unsign(ticket, max_age=OPENS_FOR) == str(job_id)
    except BadSignature:
        return False
