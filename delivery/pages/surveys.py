"""Idle hours found in the seller's own schedulers: proposals, forecasts, a survey at once."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counter.access import acting_of, for_members
from counter.paging import page_of
from counter.problems import sentence_of
from delivery.actions import dismiss_proposal, list_proposal, survey_site
from delivery.pages.forecasts import devices_milli, forecast_chart
from delivery.pages.words import SURVEY_TROUBLES
from delivery.queries.surveys import (
    failed_surveys,
    first_tradable,
    latest_of_pool,
    newest_surveys,
    open_proposals,
    rules_of,
    surveyed_pool,
)
from exchange.refusal import Refused
from exchange.units import MICROS_PER_FEN, ceil_div
from exchange.window import HOUR
from marketplace.models import Pool
from marketplace.queries.references import references_at
from timetable.queries import market_now


@require_safe
@for_members("SELLER")
def idle_hours(request: HttpRequest) -> HttpResponse:
    """Show what the newest surveys propose, and how each pool stands."""
    member_id, now = acting_of(request).member_id or 0, market_now()
    page = page_of(request, open_proposals(member_id, first_tradable(now)))
    for row in page:
        _price(row, now)
    surveys: list[Any] = list(newest_surveys(member_id))
    rules = rules_of(row.pool_id for row in surveys)
    for survey in surveys:
        survey.shown_trouble = _said(survey.trouble)
        survey.rule = rules.get(survey.pool_id)
    return TemplateResponse(
        request,
        "delivery/idle.html",
        {
            "page": page,
            "surveys": surveys,
            "failed": failed_surveys(member_id),
            "device_hours": sum(row.device_hours for row in page),
            "may_trade": acting_of(request).may_trade,
        },
    )


def _price(row: Any, now: datetime) -> None:
    """Give a proposal its asks: at cost, and at the chip's reference price where that is more."""
    reference = references_at(now, [row.pool.chip_id]).get(row.pool.chip_id)
    price = reference.price_micros if reference else 0
    on_tick = ceil_div(price, MICROS_PER_FEN) * MICROS_PER_FEN
    row.market_micros = on_tick if on_tick > row.marginal_micros else None
    row.device_hours = row.devices * int((row.ends_at - row.starts_at) / HOUR)
    row.gain_micros = row.device_hours * max(on_tick - row.marginal_micros, 0)
    row.is_sure = row.weeks_seen > 0 and row.weeks_idle == row.weeks_seen


def _said(trouble: str) -> str:
    return str(SURVEY_TROUBLES.get(trouble, trouble))


@require_safe
@for_members("SELLER")
def pool_page(request: HttpRequest, pool_id: int) -> HttpResponse:
    """Show one pool's forecast against what was idle, its error, and its proposals."""
    pool = _own_pool(request, pool_id)
    now = market_now()
    row = latest_of_pool(pool.pk)
    member_id = acting_of(request).member_id or 0
    proposals = list(open_proposals(member_id, first_tradable(now)).filter(pool=pool)[:20])
    for one in proposals:
        _price(one, now)
    return TemplateResponse(
        request,
        "delivery/idle_pool.html",
        {
            "pool": pool,
            "row": row,
            "trouble": _said(row.trouble) if row else "",
            "chart": forecast_chart(row) if row else None,
            "loss": devices_milli(row.loss_milli) if row else "",
            "naive_loss": devices_milli(row.naive_loss_milli) if row else "",
            "tested_days": row.tested_hours // 24 if row else 0,
            "history_weeks": row.history_hours // 168 if row else 0,
            "proposals": proposals,
            "rule": rules_of([pool.pk]).get(pool.pk),
            "may_trade": acting_of(request).may_trade,
        },
    )


def _own_pool(request: HttpRequest, pool_id: int) -> Pool:
    pool = surveyed_pool(acting_of(request).member_id or 0, pool_id)
    if pool is None:
        raise Http404
    return pool


@require_POST
@for_members("SELLER", writes=True)
def survey_now(request: HttpRequest, pool_id: int) -> HttpResponse:
    """Survey the pool's site at once."""
    pool = _own_pool(request, pool_id)
    try:
        survey = survey_site(site_id=pool.site_id, now=market_now())
    except Refused as refusal:
        messages.error(request, sentence_of(refusal))
    else:
        if survey.trouble:
            messages.error(request, _("The scheduler did not answer: %s") % survey.trouble)
        else:
            messages.success(request, _("The scheduler was read."))
    return redirect("delivery:idle_pool", pool_id=pool.pk)


@require_POST
@for_members("SELLER", writes=True)
def take_up(request: HttpRequest) -> HttpResponse:
    """Publish a proposal as a listing, at the ask of the button that was pressed."""
    acting, form = acting_of(request), request.POST
    proposal, ask = form.get("proposal", ""), form.get("ask_micros", "")
    if not (proposal.isdecimal() and ask.isdecimal()):
        raise Http404
    try:
        listing = list_proposal(
            member_id=acting.member_id or 0,
            proposal_id=int(proposal),
            ask_micros=int(ask),
            firmness="RECALLABLE" if form.get("firmness") == "RECALLABLE" else "FIRM",
            person_id=acting.person_id,
            now=market_now(),
        )
    except Refused as refusal:
        if refusal.status == 404:
            raise Http404 from refusal
        messages.error(request, sentence_of(refusal))
    else:
        messages.success(request, _("Listing L%(number)s is published.") % {"number": listing.pk})
    return redirect("delivery:idle")


@require_POST
@for_members("SELLER", writes=True)
def turn_down(request: HttpRequest) -> HttpResponse:
    """Dismiss a proposal; the next survey may find it again."""
    acting, proposal = acting_of(request), request.POST.get("proposal", "")
    if not proposal.isdecimal():
        raise Http404
    try:
        dismiss_proposal(
            member_id=acting.member_id or 0,
            proposal_id=int(proposal),
            person_id=acting.person_id,
            now=market_now(),
        )
    except Refused as refusal:
        if refusal.status == 404:
            raise Http404 from refusal
        messages.error(request, sentence_of(refusal))
    return redirect("delivery:idle")
