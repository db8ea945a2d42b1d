"""Request compute: ask, see prices answer, place. One address for question, answer and order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from counter.access import acting_of
from counter.problems import sentence_of
from counter.templatetags.figures import plain_yuan
from exchange.refusal import NotPermitted, Refused
from exchange.window import MARKET_ZONE
from marketplace.actions import place_order
from marketplace.pages.asking import START, Answer, answer_to
from marketplace.pages.forms import RequestForm, request_of
from timetable.queries import market_now

# The form's names for what an order calls otherwise.
FIELDS = {
    "limit_micros": "limit",
    "limit_unit": "limit",
    "budget_micros": "budget",
    "max_rtt_us": "rtt",
    "link_gbps": "link",
    "move_gb": "move",
    "families_allowed": "families",
    "min_memory_gb": "memory",
    "min_scale_up_gbs": "scale_up",
    "min_scale_out_gbps": "scale_out",
    "max_pue_thousandths": "pue",
    "max_carbon_g_per_kwh": "carbon",
    "min_lot_devices": "lot",
    "time_in_force": "until",
    "expires_at": "expires",
}


@dataclass(frozen=True)
class Asked:
    """The form and its answer; none where the form or the market refuses."""

    form: RequestForm
    answer: Answer | None


def _ask(query: QueryDict, now: datetime) -> Asked:
    form = RequestForm(query, now=now)
    if not form.is_valid():
        return Asked(form, None)
    wanted = request_of(form.cleaned_data, form.cleaned_data["limit"] or 0)
    try:
        return Asked(form, answer_to(wanted, query, now))
    except Refused as refusal:
        _refuse(form, refusal)
        return Asked(form, None)


def _refuse(form: RequestForm, refusal: Refused) -> None:
    name = FIELDS.get(refusal.field, refusal.field)
    form.add_error(name if name in form.fields else None, sentence_of(refusal))


def _hidden(asked: Asked) -> list[tuple[str, str]]:
    """Return the answers as they go along with the button that places the order."""
    data = asked.form.data
    assert isinstance(data, QueryDict)
    kept = [
        (name, str(value))
        for name in asked.form.fields
        if name != "limit"
        for value in data.getlist(name)
        if value
    ]
    if asked.answer is None:
        return kept
    kept.append(("limit", plain_yuan(asked.answer.limit_micros)))
    if asked.answer.pinned and asked.answer.chosen:
        start = asked.answer.chosen.starts_at.astimezone(MARKET_ZONE).strftime(START)
        kept.append(("start", start))
    return kept


def _page(request: HttpRequest, asked: Asked, *, status: int = 200) -> HttpResponse:
    acting = acting_of(request)
    facts: dict[str, Any] = {
        "form": asked.form,
        "answer": asked.answer,
        "hidden": _hidden(asked),
        "may_place": acting.has("BUYER") and acting.may_trade,
        "client_order_id": f"web-{uuid4().hex[:16]}",
        "hours": [f"{hour:02d}" for hour in range(24)],
    }
    part = getattr(request, "htmx", False) and request.method == "GET"
    template = "marketplace/_request_answer.html" if part else "marketplace/request.html"
    return TemplateResponse(request, template, facts, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def request_compute(request: HttpRequest) -> HttpResponse:
    """Show what the answers would get, or (POST) place the order; refusals name the field."""
    now = market_now()
    if request.method != "POST":
        return _page(request, _ask(request.GET, now))
    acting = acting_of(request)
    if acting.member_id is None or not acting.may_trade:
        raise NotPermitted
    asked = _ask(request.POST, now)
    if asked.answer is None:
        return _page(request, asked, status=422)
    try:
        order = place_order(
            buyer_id=acting.member_id,
            client_order_id=request.POST.get("client_order_id", "")[:64] or uuid4().hex,
            request=asked.answer.request,
            person_id=acting.person_id,
            now=now,
        )
    except Refused as refusal:
        _refuse(asked.form, refusal)
        return _page(request, asked, status=422)
    return redirect("marketplace:order", order.pk)
