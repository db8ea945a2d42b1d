"""Sign a draft; read and accept the standard exchange terms."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.actions import accept_standard_terms, sign_agreement
from contracts.domain.remedies import what_if
from contracts.pages.readers import STATES, text_language
from contracts.queries import (
    acceptance_of,
    agreement_for,
    clauses_at,
    standard_terms_at,
    terms_of,
    version_of,
)
from counter.access import acting_of, for_members
from exchange.refusal import NotPermitted
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
    terms = terms_of(agreement.pk)
    return TemplateResponse(
        request,
        "contracts/sign.html",
        {
            "agreement": agreement,
            "terms": terms,
            "state": STATES[agreement.state],
            "version": version_of(agreement.pk),
            "most": what_if(terms, 10_000),
            "buys": agreement.buyer_id == acting.member_id,
        },
    )


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
