"""Cancel everything: a page that counts what would end, and the end of it."""

from uuid import uuid4

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from counter.access import acting_of, for_members
from ledger.queries import funds_of
from marketplace.actions import cancel_everything
from marketplace.models import Listing, Order
from marketplace.queries.books import listings_of, orders_of
from marketplace.queries.resting import OPEN_STATES
from timetable.queries import market_now

TRADERS = ("BUYER", "BROKER", "SELLER", "CARRIER")
MOST_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(*TRADERS, writes=True)
def cancel_all(request: HttpRequest) -> HttpResponse:
    """Count the member's open orders and listings; on POST end them all in one step."""
    acting = acting_of(request)
    member_id = acting.member_id or 0
    if request.method == "POST":
        cancel_everything(
            member_id=member_id,
            client_id=request.POST.get("client_id", "")[:64],
            person_id=acting.person_id,
            now=market_now(),
        )
        buys = acting.has("BUYER") or acting.has("BROKER")
        return redirect("marketplace:orders" if buys else "marketplace:listings")
    orders, listings = open_of(member_id)
    return TemplateResponse(
        request,
        "marketplace/cancel_all.html",
        {
            "orders": orders[:MOST_SHOWN],
            "listings": listings[:MOST_SHOWN],
            "order_count": orders.count(),
            "listing_count": listings.count(),
            "held": funds_of(member_id).order_holds_micros,
            "may_cancel": acting.may_trade,
            "client_id": f"web-{uuid4().hex[:16]}",
        },
    )


def open_of(member_id: int) -> tuple["QuerySet[Order]", "QuerySet[Listing]"]:
    """Return what the member has open."""
    orders = orders_of(member_id).filter(state__in=OPEN_STATES)
    return orders, listings_of(member_id).filter(state="OPEN")
