"""Short-lived addresses of a job's live output: the door for events knows no session."""

from datetime import timedelta

from django.core.signing import BadSignature, TimestampSigner

from counter.context import events_url

OPENS_FOR = timedelta(hours=1)
SALT = "delivery.job-output"


def stream_address(job_id: int) -> str:
    """Return where the output of a job is streamed, for whoever has the address; "" without door.

    The caller has made sure that the job may be read.
    """
    door = events_url()
    ticket = TimestampSigner(salt=SALT).sign(str(job_id))
    return f"{door}jobs/{job_id}/?ticket={ticket}" if door else ""


def opens(ticket: str, job_id: int) -> bool:
    """Tell whether the ticket was given out for the job within the last hour."""
    try:
        return TimestampSigner(salt=SALT).unsign(ticket, max_age=OPENS_FOR) == str(job_id)
    except BadSignature:
        return False
