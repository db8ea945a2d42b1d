"""The buyer's queue: what runs, who waits and why, and the door for new work."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from counter.access import acting_of, for_members
from counter.paging import page_of
from counter.problems import sentence_of
from delivery.actions import submit_work
from delivery.domain.jobs import MAX_TIME_LIMIT_S, JobRequest
from delivery.domain.serving import ServiceAsked
from delivery.models import Job
from delivery.pages.forms import WorkForm
from delivery.pages.why import whys_of
from delivery.pages.words import JOB_KINDS, JOB_STATES
from delivery.queries import jobs_of, line_of
from exchange.refusal import Refused
from timetable.queries import market_now

RUNNING_SHOWN = 50
PLAIN = ("name", "team", "priority", "min_memory_gb", "place", "dataset", "devices")


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("BUYER", writes=True)
def queue(request: HttpRequest) -> HttpResponse:
    """Show the member's queue in line; a POST submits work to it."""
    form = WorkForm()
    status = 200
    if request.method == "POST":
        form = WorkForm(request.POST)
        jobs = _submitted(request, form)
        if jobs:
            alone = len(jobs) == 1
            return redirect("delivery:job", pk=jobs[0].pk) if alone else redirect("delivery:queue")
        status = 422
    member_id = acting_of(request).member_id or 0
    page = page_of(request, line_of(member_id))
    for job, words in zip(page, whys_of(list(page), member_id), strict=True):
        job.why, job.advice = words
        job.shown_kind = JOB_KINDS[job.kind]
    running: list[Any] = list(jobs_of(member_id).filter(state="RUNNING")[:RUNNING_SHOWN])
    for job in running:
        job.shown_state, job.shown_kind = JOB_STATES[job.state], JOB_KINDS[job.kind]
    context = {"page": page, "running": running, "form": form, "longest_s": MAX_TIME_LIMIT_S}
    return TemplateResponse(request, "delivery/queue.html", context, status=status)


def _submitted(request: HttpRequest, form: WorkForm) -> list[Job]:
    """Submit the form's work; none, with the reason in the form, when it is refused."""
    if not form.is_valid():
        return []
    acting, now, given = acting_of(request), market_now(), form.cleaned_data
    within = given["within_hours"]
    kind, size = given["kind"], given["size"] or 0
    asked = JobRequest(
        client_job_id=given["client_job_id"],
        variants=given["variants"],
        deadline=now + timedelta(hours=within) if within else None,
        saves_in_s=given["saves_in_s"] or 0,
        max_retries=given["max_retries"] or 0,
        array=size if kind == "ARRAY" else 0,
        gang=size if kind == "GANG" else 0,
        time_limit_s=0 if kind == "SERVICE" else given["time_limit_s"],
        service=ServiceAsked(given["port"], given["health_path"] or "/")
        if kind == "SERVICE"
        else None,
        **{name: given[name] for name in PLAIN},
    )
    try:
        return submit_work(
            member_id=acting.member_id or 0, person_id=acting.person_id, asked=asked, now=now
        )
    except Refused as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, sentence_of(refusal))
        return []
