"""Sign a draft; read and accept the standard exchange terms."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.actions import accept_standard_terms, sign_agreement
from contracts.domain.remedies import what_if
from contracts.models import Agreement
from contracts.pages.readers import STATES, text_language
from contracts.queries import (
    acceptance_of,
    agreement_for,
    clauses_at,
    link_terms_of,
    standard_terms_at,
    terms_of,
    version_of,
)
from counter.access import acting_of, for_members
from exchange.price import gross_up
from exchange.refusal import NotPermitted
from exchange.units import BP, half_even_div
from timetable.queries import market_now


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(writes=True)
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """Show exactly what would be signed; on POST sign that hash for the member."""
    acting = acting_of(request)
    agreement = agreement_for(acting.member_id or 0, number)
    if agreement is None or agreement.state != "DRAFTED":
        raise Http404
    if request.method == "POST":
        sign_agreement(
            member_id=acting.member_id or 0,
            agreement_id=agreement.pk,
            sha256=request.POST.get("sha256", ""),
            person_id=acting.person_id or 0,
            now=market_now(),
        )
        messages.success(request, _("You signed agreement %(number)s.") % {"number": number})
        return redirect("contracts:agreement", number=number)
    buys = agreement.buyer_id == acting.member_id
    return TemplateResponse(
        request,
        "contracts/sign.html",
        {
            "agreement": agreement,
            "state": STATES[agreement.state],
            "version": version_of(agreement.pk),
            "buys": buys,
            **(_of_link if agreement.link_trade_id else _of_devices)(agreement, buys=buys),
        },
    )


def _of_devices(agreement: Agreement, *, buys: bool) -> dict[str, Any]:
    terms = terms_of(agreement.pk)
    most = what_if(terms, 10_000)
    return {
        "terms": terms,
        "amount_micros": most.buyer_net_micros if buys else most.seller_net_micros,
    }


def _of_link(agreement: Agreement, *, buys: bool) -> dict[str, Any]:
    terms = link_terms_of(agreement.pk)
    value = terms.value_micros(terms.hours)
    fee = 0 if buys else half_even_div(value * terms.seller_fee_bp, BP)
    return {"terms": terms, "link": True, "amount_micros": gross_up(value - fee, terms.vat_bp)}


@require_http_methods(["GET", "HEAD", "POST"])
@for_members()
def standard_terms(request: HttpRequest) -> HttpResponse:
    """Show the standard terms in force; on POST an administrator accepts them."""
    acting, now = acting_of(request), market_now()
    standard = standard_terms_at(now)
    if standard is None:
        raise Http404
    if request.method == "POST":
        if acting.role != "ADMIN":
            raise NotPermitted
        accept_standard_terms(member_id=acting.member_id or 0, person_id=acting.person_id, now=now)
        messages.success(request, _("The standard terms are accepted: trades need no click now."))
        return redirect("contracts:standard_terms")
    language = text_language(request.GET.get("text", ""))
    choices = (("en", "English"), ("zh", "中文"), ("both", _("Both")))
    return TemplateResponse(
        request,
        "contracts/standard_terms.html",
        {
            "standard": standard,
            "clauses": clauses_at(standard),
            "language": language,
            "languages": [(text, f"?text={code}", code == language) for code, text in choices],
            "acceptance": acceptance_of(acting.member_id or 0, standard.pk),
            "may_accept": acting.role == "ADMIN",
        },
    )
