"""Home: everyone lands where their work is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from counter.access import acting_of
from counter.context import address_of
from marketplace.queries import orders_of

LANDING = {
    "BUYER": "marketplace:request",
    "SELLER": "desk:seller",
    "BROKER": "marketplace:orders",
    "CARRIER": "marketplace:links",
    "REGULATOR": "oversight:national",
    "OPERATOR": "accounts:admission",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead members to their desk, newcomers to onboarding and strangers to the market."""
    acting = acting_of(request)
    view = LANDING.get(acting.desk, "marketplace:market")
    if acting.desk == "BUYER" and orders_of(acting.member_id or 0).exists():
        view = "marketplace:orders"
    if not acting.admitted:
        view = "marketplace:market" if acting.is_anonymous else "accounts:onboarding"
    address = address_of(view) or address_of("marketplace:market")
    if address:
        return redirect(address)
    return TemplateResponse(request, "desk/home.html")
