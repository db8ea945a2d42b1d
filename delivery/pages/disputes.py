"""Disputes of the meter: the list, one dispute with both meters, opening and deciding it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counter.access import acting_of, for_members
from counter.acting import Acting
from counter.paging import page_of
from counter.problems import sentence_of
from delivery.actions import decide_dispute, open_dispute
from delivery.domain.two_meters import TwoMeters, upheld_quarters
from delivery.models import MeterDispute
from delivery.pages.meters import QUARTERS_OF_AN_HOUR, two_meters_chart
from delivery.pages.words import device_hours
from delivery.pages.words_of_meters import DISPUTE_STATES
from delivery.queries.disputes import disputes_of
from exchange.refusal import Refused
from exchange.units import BP
from timetable.queries import market_now

SEEN_BY = ("BUYER", "BROKER", "SELLER", "OPERATOR", "REGULATOR")


class DecisionForm(forms.Form):
    """Who is believed, and why."""

    upheld = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("no", gettext_lazy("Dismiss: the site's meter stands")),
            ("yes", gettext_lazy("Uphold: the lower of both counts, quarter by quarter")),
        ],
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _all_of(acting: Acting) -> Any:
    everybody = acting.has("OPERATOR") or acting.has("REGULATOR")
    return disputes_of(acting.member_id or 0, everybody=everybody).select_related(
        "allocation__agreement", "allocation__pool__site"
    )


@require_safe
@for_members(*SEEN_BY)
def disputes(request: HttpRequest) -> HttpResponse:
    """List disputes of the member's deliveries, newest first; overseers see all."""
    page = page_of(request, _all_of(acting_of(request)))
    for row in page:
        row.shown_state = DISPUTE_STATES[row.state]
        row.meters = _meters(row)
    return TemplateResponse(request, "delivery/disputes.html", {"page": page})


def _meters(row: MeterDispute) -> TwoMeters:
    seal = row.contested
    return TwoMeters(
        seal.contracted_device_seconds, seal.delivered_device_seconds, sum(row.probe_quarters)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(*SEEN_BY, writes=True)
def dispute_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one dispute; the operator's POST decides it."""
    acting = acting_of(request)
    row = _all_of(acting).filter(pk=pk).first()
    if row is None:
        raise Http404
    form, status = DecisionForm(), 200
    if request.method == "POST":
        if not acting.has("OPERATOR"):
            raise Http404
        form = DecisionForm(request.POST)
        if _decided(form, row, acting):
            messages.success(request, _("The dispute is decided."))
            return redirect("delivery:dispute", pk=pk)
        status = 422
    return TemplateResponse(
        request,
        "delivery/dispute.html",
        {**_shown(row), "form": form, "decides": acting.has("OPERATOR") and acting.may_trade},
        status=status,
    )


def _decided(form: DecisionForm, row: MeterDispute, acting: Acting) -> bool:
    if not form.is_valid():
        return False
    try:
        decide_dispute(
            dispute_id=row.pk,
            upheld=form.cleaned_data["upheld"] == "yes",
            reason=form.cleaned_data["reason"],
            person_id=acting.person_id,
            now=market_now(),
        )
    except Refused as refusal:
        form.add_error(None, sentence_of(refusal))
        return False
    return True


def _shown(row: MeterDispute) -> dict[str, Any]:
    site, probe = row.contested.quarter_device_seconds, row.probe_quarters
    quarter = row.contested.contracted_device_seconds // len(QUARTERS_OF_AN_HOUR)
    starts = [row.hour_start + step for step in QUARTERS_OF_AN_HOUR]
    lower = upheld_quarters(site, probe)
    chart = two_meters_chart(
        starts,
        [amount * BP // quarter for amount in site],
        [amount * BP // quarter for amount in probe],
    )
    return {
        "row": row,
        "meters": _meters(row),
        "state": DISPUTE_STATES[row.state],
        "chart": chart,
        "quarters": list(zip(starts, site, probe, lower, strict=True)),
        "less": device_hours(sum(site) - sum(lower)),
    }


@require_POST
@for_members("BUYER", "BROKER", writes=True)
def contest(request: HttpRequest, pk: int) -> HttpResponse:
    """Contest one sealed hour of an own delivery by the probe's readings."""
    acting = acting_of(request)
    hour_start = parse_datetime(request.POST.get("hour_start", "")[:40])
    if hour_start is None or hour_start.utcoffset() is None:
        raise Http404
    try:
        dispute = open_dispute(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            allocation_id=pk,
            hour_start=hour_start,
            now=market_now(),
        )
    except Refused as refusal:
        messages.error(request, sentence_of(refusal))
        return redirect("delivery:delivery", pk=pk)
    return redirect("delivery:dispute", pk=dispute.pk)
