"""Site agents: how each is, for its owner and the operator; codes to join, and their end."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from counter.access import acting_of, for_members
from counter.paging import page_of
from counter.problems import sentence_of
from delivery.actions import issue_enrolment_code, revoke_agent
from delivery.pages.words import AGENT_STATES
from delivery.queries import agents_of, health_of
from exchange.refusal import Refused
from marketplace.models import Site
from timetable.queries import market_now, wall_now

SITES_OFFERED = 500


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("SELLER", "OPERATOR", writes=True)
def site_agents(request: HttpRequest) -> HttpResponse:
    """Show agents: all for the operator, a seller's own; a seller's POST tells a code, once."""
    acting = acting_of(request)
    context: dict[str, Any] = {"code": None, "refusal": ""}
    if request.method == "POST":
        context |= _issue(request)
    page = page_of(request, agents_of(None if acting.has("OPERATOR") else acting.member_id or 0))
    rows = [(one, AGENT_STATES[one.agent.state]) for one in health_of(list(page))]
    sites = Site.objects.filter(owner_id=acting.member_id).order_by("code")
    context |= {
        "page": page,
        "rows": rows,
        "member_id": acting.member_id,
        "sites": list(sites[:SITES_OFFERED]) if acting.has("SELLER") else [],
        "may_trade": acting.may_trade,
    }
    return TemplateResponse(request, "delivery/site_agents.html", context)


def _issue(request: HttpRequest) -> dict[str, Any]:
    acting = acting_of(request)
    if not acting.has("SELLER"):
        raise Http404
    try:
        issued = issue_enrolment_code(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            site_code=request.POST.get("site", "")[:60],
            now=market_now(),
            wall=wall_now(),
        )
    except Refused as refusal:
        return {"refusal": sentence_of(refusal)}
    return {"code": issued}


@require_POST
@for_members("SELLER", writes=True)
def revoke(request: HttpRequest, name: str) -> HttpResponse:
    """End an own agent."""
    acting = acting_of(request)
    try:
        revoke_agent(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            agent_name=name,
            now=market_now(),
            wall=wall_now(),
        )
    except Refused as refusal:
        raise Http404 from refusal
    messages.success(request, _("The agent is revoked; its key serves no more."))
    return redirect("delivery:site_agents")
