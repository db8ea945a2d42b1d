"""A served endpoint on its job's page: where it answers, how it is, and how it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from counter.access import acting_of
from counter.problems import sentence_of
from counter.templatetags.figures import percent
from delivery.actions import open_endpoint
from delivery.adapters.tickets import endpoint_base
from delivery.domain.serving import CHECKS_KEPT, Verdict
from delivery.models import HealthCheck, Job, JobKind
from delivery.pages.words import HEALTHS, VERDICTS, StateWords
from delivery.queries import checks_of
from exchange.refusal import Refused
from exchange.units import BP
from timetable.queries import market_now

STRETCHES_SHOWN, LOOKS_SHOWN = 12, 8


@dataclass(frozen=True)
class Stretch:
    """Looks in a row that found the same, from the first to the last (wall time)."""

    words: StateWords
    first_at: datetime
    last_at: datetime
    looks: int
    detail: str


def endpoint_of_page(request: HttpRequest, job: Job, *, opened: bool = False) -> dict[str, Any]:
    """Return what the page shows of a service; nothing for another job. `opened`: with its address.

    Giving out the address is an act of its own, and noted.
    """
    if job.kind != JobKind.SERVICE:
        return {}
    looks = list(checks_of(job.buyer_id, job.pk)[:CHECKS_KEPT])
    known = [look for look in looks if look.verdict != Verdict.UNKNOWN.value]
    passed = sum(look.verdict == Verdict.PASSED.value for look in known)
    fresh = job.service.attempt == job.tries
    service: dict[str, Any] = {
        "row": job.service,
        "health": HEALTHS[job.service.health] if fresh and job.state == "RUNNING" else None,
        "given_up": _(job.service.given_up) if job.service.given_up else "",
        "share": percent(passed * BP // len(known)) if known else "",
        "count": len(known),
        "stretches": stretches(looks)[:STRETCHES_SHOWN],
        "looks": [(look, VERDICTS[look.verdict]) for look in looks[:LOOKS_SHOWN]],
        "token_url": endpoint_base(job.pk) if job.state == "RUNNING" else "",
    }
    if opened:
        service |= _address(request, job)
    return {"service": service}


def _address(request: HttpRequest, job: Job) -> dict[str, Any]:
    acting = acting_of(request)
    try:
        found = open_endpoint(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            job_id=job.pk,
            now=market_now(),
        )
    except Refused as refusal:
        return {"refused": sentence_of(refusal)}
    return {"url": found.url}


def stretches(looks: Sequence[HealthCheck]) -> list[Stretch]:
    """Return looks, newest first, as stretches of one verdict and one try, newest first."""
    found: list[Stretch] = []
    before: tuple[str, int] | None = None
    for look in looks:
        words, kind = VERDICTS[look.verdict], (look.verdict, look.attempt)
        detail = look.detail or (f"HTTP {look.http_status}" if look.http_status else "")
        if kind == before:
            last = found.pop()
            fresh = Stretch(words, look.at_wall, last.last_at, last.looks + 1, last.detail)
        else:
            fresh = Stretch(words, look.at_wall, look.at_wall, 1, detail)
        found.append(fresh)
        before = kind
    return found
