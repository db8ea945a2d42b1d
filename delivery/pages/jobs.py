"""Jobs: the list, and one job with its output as it comes."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counter.access import acting_of, for_members
from counter.downloads import as_download
from counter.paging import page_of
from delivery.actions import cancel_group, cancel_job
from delivery.adapters.tickets import stream_address
from delivery.models import Job
from delivery.pages.services import endpoint_of_page
from delivery.pages.shells import session_of_page
from delivery.pages.why import whys_of
from delivery.pages.words import JOB_KINDS, JOB_STATES
from delivery.queries import job_for, jobs_of, log_after, output_for, outputs_of
from timetable.queries import market_now

UNFINISHED = {"QUEUED", "RUNNING"}
PIECES_SHOWN = 400


@require_safe
@for_members()
def jobs(request: HttpRequest) -> HttpResponse:
    """List the member's jobs, newest first."""
    page = page_of(request, jobs_of(acting_of(request).member_id or 0))
    for job in page:
        job.shown_state, job.shown_kind = JOB_STATES[job.state], JOB_KINDS[job.kind]
    return TemplateResponse(request, "delivery/jobs.html", {"page": page})


def _own(request: HttpRequest, pk: int) -> Job:
    job = job_for(acting_of(request).member_id or 0, pk)
    if job is None:
        raise Http404
    return job


@require_POST
@for_members(writes=True)
def endpoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a service's page with an address that opens for an hour; who asked is noted."""
    job = _own(request, pk)
    return _page(request, job, endpoint_of_page(request, job, opened=True))


@require_safe
@for_members()
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one job; asked for its state or its output alone, answer with the fragment."""
    job = _own(request, pk)
    return _page(request, job, endpoint_of_page(request, job))


def _page(request: HttpRequest, job: Job, service: dict[str, Any]) -> HttpResponse:
    unfinished = job.state in UNFINISHED
    [(why, advice)] = whys_of([job], job.buyer_id)
    context: dict[str, Any] = {
        "job": job,
        "state": JOB_STATES[job.state],
        "reason": _(job.reason) if job.reason else "",
        "unfinished": unfinished,
        "why": why if job.state == "QUEUED" else "",
        "advice": advice,
        "stream": stream_address(job.pk) if unfinished else "",
        **service,
        **session_of_page(request, job),
    }
    if request.GET.get("part") == "state" and request.headers.get("HX-Request"):
        return TemplateResponse(request, "delivery/_job_state.html", context)
    if request.GET.get("part") == "session" and request.headers.get("HX-Request"):
        return TemplateResponse(request, "delivery/_session_steps.html", context)
    pieces = log_after(job.pk, 0, PIECES_SHOWN)
    context["log"] = "".join(piece.text for piece in pieces)
    context["seen"] = pieces[-1].sequence if pieces else 0
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "delivery/_job_output.html", context)
    context["variants"] = [
        (variant, " ".join(variant.command)) for variant in job.variants.order_by("stack")
    ]
    context["files"] = list(outputs_of(job.pk))
    return TemplateResponse(request, "delivery/job.html", context)


@require_safe
@for_members()
def file(request: HttpRequest, pk: int, output_id: int) -> HttpResponse:
    """Hand out a file that the job left, to be saved."""
    output = output_for(acting_of(request).member_id or 0, pk, output_id)
    if output is None:
        raise Http404
    return as_download(output.name, bytes(output.content))


@require_POST
@for_members(writes=True)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a job and show it again; one that has ended is refused."""
    acting = acting_of(request)
    cancel_job(
        member_id=acting.member_id or 0, person_id=acting.person_id, job_id=pk, now=market_now()
    )
    return redirect("delivery:job", pk=pk)


@require_POST
@for_members(writes=True)
def cancel_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop all jobs of a group and show the queue."""
    acting = acting_of(request)
    cancel_group(
        member_id=acting.member_id or 0, person_id=acting.person_id, group_id=pk, now=market_now()
    )
    return redirect("delivery:queue")
