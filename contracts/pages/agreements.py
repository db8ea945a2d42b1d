"""Agreements: the list, one agreement with its what-if, and its paper."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts.adapters.agreement_paper import Sheet, Signed, agreement_pdf
from contracts.domain.clauses import clauses_of
from contracts.domain.remedies import take_or_pay_micros
from contracts.domain.terms import Terms
from contracts.models import Agreement, AgreementState
from contracts.pages.links import link_agreement_page, papers_of
from contracts.pages.readers import STATES, readable, text_language
from contracts.pages.what_if import share_of, what_if_view
from contracts.queries import (
    agreements_of,
    beside,
    clauses_at,
    read_terms,
    signatures_of,
    standard_version,
    terms_of,
    version_of,
)
from counter.access import acting_of, for_members
from counter.paging import page_of
from exchange.units import half_even_div


@require_safe
@for_members()
def agreements(request: HttpRequest) -> HttpResponse:
    """List the member's agreements, newest first; `?state=` narrows it."""
    acting = acting_of(request)
    state = request.GET.get("state", "")
    rows = agreements_of(acting.member_id or 0)
    if state in AgreementState.values:
        rows = rows.filter(state=state)
    page = page_of(request, rows)
    for agreement in page:
        agreement.shown_state = STATES[agreement.state]
        agreement.is_bought = agreement.buyer_id == acting.member_id
    choices = [("", _("All")), *((value, STATES[value].text) for value in AgreementState.values)]
    return TemplateResponse(
        request,
        "contracts/agreements.html",
        {
            "page": page,
            "states": [(text, f"?state={value}", value == state) for value, text in choices],
            "filtered": bool(state),
        },
    )


@require_safe
@for_members()
def agreement_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one agreement; `?delivered=92` answers what if, `?text=both` chooses the text."""
    agreement = readable(acting_of(request), number)
    if agreement.link_trade is not None:
        return link_agreement_page(request, agreement)
    terms = terms_of(agreement.pk)
    share = share_of(request.GET.get("delivered", ""), terms)
    view = what_if_view(terms, share)
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "contracts/_what_if.html", {"view": view, "terms": terms})
    context = _detail(request, agreement, terms)
    return TemplateResponse(request, "contracts/agreement.html", {**context, "view": view})


def _detail(request: HttpRequest, agreement: Agreement, terms: Terms) -> dict[str, Any]:
    acting = acting_of(request)
    chinese = (get_language() or "").startswith("zh")
    links = beside(agreement) if (acting.member_id or 0) != agreement.seller_id else []
    total = half_even_div(
        terms.devices * terms.total_price_micros * (10_000 + terms.vat_bp), 10_000
    )
    return {
        **papers_of(request, agreement, clauses_of(terms)),
        "terms": terms,
        "links": links,
        "site_name": terms.site_name_zh if chinese else terms.site_name,
        "total_micros": total,
        "take_or_pay_micros": take_or_pay_micros(terms),
    }


@require_safe
@for_members()
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the agreement as PDF, `?text=` en, zh or both."""
    agreement = readable(acting_of(request), number)
    version = version_of(agreement.pk)
    terms = read_terms(version.terms)
    sheet = Sheet(
        number=agreement.number,
        version=version.version,
        made_at=version.effective_from,
        signatures=tuple(
            Signed(one.party, one.member.name, one.signed_at, str(one.person or ""))
            for one in signatures_of(version.pk)
        ),
        standard=tuple(clauses_at(standard_version(terms.standard_terms_version))),
    )
    language = text_language(request.GET.get("text", ""))
    pdf = agreement_pdf(terms, sheet, language)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{agreement.number}-{language}.pdf"'
    return response
