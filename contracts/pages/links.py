"""What the pages of all agreements show, and the page of an agreement on a link."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contracts.domain.clauses import Clause
from contracts.domain.link_clauses import link_clauses_of
from contracts.models import Agreement
from contracts.pages.readers import STATES, text_language
from contracts.queries import beside, link_terms_of, signatures_of, version_of, versions_of
from counter.access import acting_of
from exchange.price import gross_up


def papers_of(
    request: HttpRequest, agreement: Agreement, clauses: Sequence[Clause]
) -> dict[str, Any]:
    """Return text, versions and signatures of an agreement, and whether the caller may sign."""
    acting, language = acting_of(request), text_language(request.GET.get("text", ""))
    version = version_of(agreement.pk)
    signatures = signatures_of(version.pk)
    signed = {signature.party for signature in signatures}
    party = {agreement.buyer_id: "BUYER", agreement.seller_id: "SELLER"}.get(
        acting.member_id or 0, ""
    )
    choices = (("en", "English"), ("zh", "中文"), ("both", _("Both")))
    return {
        "agreement": agreement,
        "state": STATES[agreement.state],
        "clauses": list(enumerate(clauses, start=1)),
        "language": language,
        "languages": [(text, f"?text={code}#terms", code == language) for code, text in choices],
        "version": version,
        "versions": versions_of(agreement.pk),
        "signatures": signatures,
        "unsigned": [
            member
            for name, member in (("BUYER", agreement.buyer), ("SELLER", agreement.seller))
            if name not in signed
        ],
        "may_sign": bool(party)
        and party not in signed
        and agreement.state == "DRAFTED"
        and acting.may_trade,
    }


def link_agreement_page(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Show an agreement on a link; the devices beside it are the buyer's to see."""
    terms = link_terms_of(agreement.pk)
    value = terms.value_micros(terms.hours)
    carrier = acting_of(request).member_id == agreement.seller_id
    chinese = (get_language() or "").startswith("zh")
    context = {
        **papers_of(request, agreement, link_clauses_of(terms)),
        "terms": terms,
        "devices": None if carrier else beside(agreement)[0],
        "zone_name": terms.zone_name_zh if chinese else terms.zone_name,
        "city_name": terms.city_name_zh if chinese else terms.city_name,
        "by_hour_micros": terms.gbps * terms.hours * terms.price_micros_per_gbps_hour,
        "by_gb_micros": terms.gb * terms.price_micros_per_gb,
        "value_micros": value,
        "total_micros": gross_up(value, terms.vat_bp),
    }
    return TemplateResponse(request, "contracts/link_agreement.html", context)
