"""Order-entry limits: everybody reads their own, the operator sets them."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Member
from counter.access import acting_of, for_members
from counter.fields import YuanField
from counter.paging import page_of
from counter.problems import sentence_of
from counter.templatetags.figures import plain_yuan
from exchange.refusal import Refused
from marketplace.actions import set_switch, set_trading_limits
from marketplace.domain.limits import Limits
from marketplace.queries.limits import limits_for, members_with_limits, own_limits
from marketplace.queries.switches import switch_of
from timetable.queries import market_now, wall_now

TRADERS = ("BUYER", "BROKER", "SELLER", "CARRIER")
NAMES = {
    "most_order_micros": "order",
    "most_order_devices": "devices",
    "most_open_micros": "open",
    "most_messages": "messages",
}


class LimitsForm(forms.Form):
    """Four bounds; an empty one is no limit."""

    order = YuanField(label=_("One order or listing, at most"), required=False)
    devices = forms.IntegerField(label=_("Devices of one, at most"), required=False)
    open = YuanField(label=_("All open orders together, at most"), required=False)
    messages = forms.IntegerField(label=_("Messages a second, at most"), required=False)

    @property
    def limits(self) -> Limits:
        """Return what was written."""
        return Limits(**{field: self.cleaned_data[name] for field, name in NAMES.items()})


@require_safe
@for_members()
def limits(request: HttpRequest) -> HttpResponse:
    """Show the member its limits; the operator also sees who has limits of its own."""
    acting = acting_of(request)
    operator = acting.has("OPERATOR")
    own = own_limits(acting.member_id) if acting.member_id else None
    facts: dict[str, Any] = {
        "limits": limits_for(acting.member_id or 0),
        "everybody": own_limits(None),
        "own": own is not None,
        "operator": operator,
        "switch": switch_of(acting.member_id) if acting.member_id else None,
        "may_switch": acting.may_trade,
    }
    if operator:
        facts["page"] = page_of(request, members_with_limits())
    return TemplateResponse(request, "marketplace/limits.html", facts)


@require_POST
@for_members(*TRADERS, writes=True)
def switch_off(request: HttpRequest) -> HttpResponse:
    """Switch the member's dead-man switch off: nothing ends any more when it is silent."""
    acting = acting_of(request)
    set_switch(
        member_id=acting.member_id or 0,
        seconds=0,
        person_id=acting.person_id,
        now=market_now(),
        wall=wall_now(),
    )
    return redirect("marketplace:limits")


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("OPERATOR", writes=True)
def limits_of(request: HttpRequest, member_id: int | None = None) -> HttpResponse:
    """Show and set the limits of a member, or of everybody; `take` gives the own ones up."""
    member = Member.objects.filter(pk=member_id or 0).first()
    if member_id is not None and member is None:
        raise Http404
    own = own_limits(member_id)
    form = LimitsForm(request.POST or None, initial=written(own))
    taken = "take" in request.POST
    if request.method == "POST" and (taken or form.is_valid()):
        try:
            set_trading_limits(
                member_id=member_id,
                limits=None if taken else form.limits,
                by_person_id=acting_of(request).person_id or 0,
                now=market_now(),
            )
            return redirect("marketplace:limits")
        except Refused as refusal:
            form.add_error(NAMES.get(refusal.field), sentence_of(refusal))
    facts = {"member": member, "own": own, "everybody": own_limits(None), "form": form}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "marketplace/limits_of.html", facts, status=status)


def written(own: Limits | None) -> dict[str, str]:
    """Return limits as the form shows them."""
    return {
        NAMES[field]: plain_yuan(value) if field.endswith("_micros") else str(value)
        for field, value in (own.facts if own else {}).items()
        if value is not None
    }
