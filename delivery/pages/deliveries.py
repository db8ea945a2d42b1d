"""Deliveries: the list, and one delivery."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from counter.access import acting_of, for_members
from counter.acting import Acting
from counter.paging import page_of
from counter.problems import sentence_of
from counter.templatetags.figures import day_of, percent
from delivery.actions import prove_readings, submit_job
from delivery.domain.jobs import MAX_TIME_LIMIT_S
from delivery.models import Allocation, AllocationEvent
from delivery.models.allocation import AllocationState
from delivery.pages.chains import chain_shown
from delivery.pages.data import data_card
from delivery.pages.forms import JobForm
from delivery.pages.link_card import LinkCard, link_card_of
from delivery.pages.meters import compared
from delivery.pages.pictures import (
    days_of,
    heat_rows,
    hours_between,
    noted_quarters,
    span_of,
    steps_of,
)
from delivery.pages.readers import readable_delivery
from delivery.pages.recalls import recall_offer
from delivery.pages.shells import sessions_card
from delivery.pages.words import EVENTS, JOB_KINDS, JOB_STATES, STATES, delivered_sentence
from delivery.queries import (
    all_deliveries,
    delivered_shares,
    deliveries_of,
    jobs_of,
    quarters_of,
    totals_of,
)
from delivery.queries.links import links_beside
from delivery.queries.quality import verdicts_of
from delivery.queries.quarters import readings_between
from exchange.refusal import Refused
from exchange.units import BP
from exchange.window import delivery_day
from timetable.queries import market_now

TAKES_JOBS = {"ACCEPTED", "DELIVERING", "INTERRUPTED"}
TROUBLE = ("FAILED", "INTERRUPTED", "SITE_FAILED", "GENERATION", "RECALL_ASKED", "RECALLED")
EVENT_KINDS = dict.fromkeys(TROUBLE, "warn")
JOBS_SHOWN = 10


@require_safe
@for_members()
def deliveries(request: HttpRequest) -> HttpResponse:
    """List the member's deliveries, newest first; `?state=` narrows it."""
    acting = acting_of(request)
    state = request.GET.get("state", "")
    rows = all_deliveries() if acting.oversees else deliveries_of(acting.member_id or 0)
    if state in AllocationState.values:
        rows = rows.filter(state=state)
    page = page_of(request, rows)
    shares = delivered_shares([row.pk for row in page])
    for row in page:
        row.shown_state = STATES[row.state]
        row.share_bp = shares.get(row.pk)
        row.share_percent = (row.share_bp or 0) * 100 // BP
        row.is_bought = row.agreement.buyer_id == acting.member_id
    choices = [("", _("All")), *((value, STATES[value].text) for value in AllocationState.values)]
    return TemplateResponse(
        request,
        "delivery/deliveries.html",
        {
            "page": page,
            "oversees": acting.oversees,
            "states": [(text, f"?state={value}", value == state) for value, text in choices],
            "filtered": bool(state),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(writes=True)
def delivery_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one delivery; a POST submits a job; `?day=` chooses the day, `?verify` proves it."""
    row = readable_delivery(acting_of(request), pk)
    buys = row.agreement.buyer_id == acting_of(request).member_id
    form = JobForm()
    status = 200
    if request.method == "POST":
        if not buys:
            raise Http404
        form = JobForm(request.POST)
        job_id = _submitted(request, row, form)
        if job_id:
            return redirect("delivery:job", pk=job_id)
        status = 422
    context = _context(request, row)
    return TemplateResponse(
        request, "delivery/delivery.html", {**context, "form": form, "buys": buys}, status=status
    )


def _submitted(request: HttpRequest, row: Allocation, form: JobForm) -> int | None:
    """Submit the form's job; None, with the reason in the form, when it is refused."""
    if not form.is_valid():
        return None
    acting = acting_of(request)
    try:
        job = submit_job(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            allocation_id=row.pk,
            client_job_id=form.cleaned_data["client_job_id"],
            name=form.cleaned_data["name"],
            variants=form.variants(row.pool.chip.stack),
            devices=form.cleaned_data["devices"],
            time_limit_s=form.cleaned_data["time_limit_s"],
            dataset=form.cleaned_data["dataset"],
            now=market_now(),
        )
    except Refused as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, sentence_of(refusal))
        return None
    return job.pk


def _context(request: HttpRequest, row: Allocation) -> dict[str, Any]:
    acting, events = acting_of(request), list(row.events.all())
    days = days_of(row)
    now = market_now()
    chosen = next(
        (day for day in days if day.isoformat() == request.GET.get("day", "")),
        min(max(delivery_day(now), days[0]), days[-1]),
    )
    starts_at, ends_at = span_of(row, chosen)
    read = readings_between(row, starts_at, ends_at)
    quarters = quarters_of(row, read, starts_at, ends_at)
    delivered, contracted = totals_of(row.pk)
    share = percent(delivered * BP // contracted) if contracted else ""
    return {
        "row": row,
        "state": STATES[row.state],
        "sentence": delivered_sentence(delivered, contracted, share) if contracted else "",
        # Reasons are kept in English; those that we write ourselves have a translation.
        "reason": _(row.state_reason) if row.state_reason else "",
        "steps": steps_of(row, events),
        "events": [_shown_event(event) for event in reversed(events)],
        "days": [(day_of(day), f"?day={day.isoformat()}#quarters", day == chosen) for day in days],
        "hours": hours_between(starts_at, ends_at),
        "heat": heat_rows(quarters),
        "noted": noted_quarters(quarters, verdicts_of(row, read, starts_at, ends_at, now=now)),
        "two": compared(row, quarters, starts_at, ends_at, now=now),
        "cards": _link_cards(acting, row, chosen),
        "test": row.acceptance_tests.order_by("-generation").first(),
        "batch": row.batches.select_related("site_key").order_by("-id").first(),
        "proof": prove_readings(allocation_id=row.pk) if "verify" in request.GET else None,
        "takes_jobs": row.state in TAKES_JOBS,
        "recall": recall_offer(row, acting.member_id, now),
        "chain": chain_shown(row, None if acting.oversees else acting.member_id),
        "jobs": _shown_jobs(request, row),
        "data": data_card(acting, row),
        "shells": sessions_card(acting, row),
        "longest_s": MAX_TIME_LIMIT_S,
    }


def _link_cards(acting: Acting, row: Allocation, day: date) -> list[LinkCard]:
    """Return the cards of the buyer's links; what they give is no business of the seller's."""
    if not acting.oversees and row.agreement.buyer_id != acting.member_id:
        return []
    return [link_card_of(link, day) for link in links_beside(row.agreement_id)]


def _shown_event(event: AllocationEvent) -> tuple[AllocationEvent, str, str, str]:
    """Return an event with its words, its kind and its reason."""
    facts = event.facts
    why = facts.get("reason") or facts.get("error") or ""
    if "generation" in facts:
        why = f"g{facts['generation']}"
    text = str(EVENTS.get(event.kind, event.kind))
    return event, text, EVENT_KINDS.get(event.kind, "ok"), _(why) if why else ""


def _shown_jobs(request: HttpRequest, row: Allocation) -> list[Any]:
    jobs: list[Any] = list(
        jobs_of(acting_of(request).member_id or 0).filter(allocation=row)[:JOBS_SHOWN]
    )
    for job in jobs:
        job.shown_state, job.shown_kind = JOB_STATES[job.state], JOB_KINDS[job.kind]
    return jobs
