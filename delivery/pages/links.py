"""Links as delivered: the list of a carrier or buyer, and one of them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.access import acting_of, for_members
from counter.acting import Acting
from counter.paging import page_of
from counter.templatetags.figures import day_of
from delivery.models import LinkDelivery, LinkEvent
from delivery.models.link import LinkState
from delivery.pages.link_card import available_bp, gbps_hours, gigabytes, link_card_of
from delivery.pages.pictures import days_of
from delivery.pages.words import LINK_EVENTS, STATES
from delivery.queries.links import LinkTotals, link_deliveries_of, link_totals_of, with_route
from exchange.units import BP
from exchange.window import delivery_day
from timetable.queries import market_now

WARNINGS = {"FAILED", "CARRIER_FAILED"}


@require_safe
@for_members()
def link_deliveries(request: HttpRequest) -> HttpResponse:
    """List the links that the member receives or carries; `?state=` narrows it."""
    acting, state = acting_of(request), request.GET.get("state", "")
    rows = _readable(acting)
    if state in LinkState.values:
        rows = rows.filter(state=state)
    page: Any = page_of(request, rows)
    totals = link_totals_of([row.pk for row in page])
    for row in page:
        sums = totals.get(row.pk, LinkTotals())
        row.sums, row.shown_state = sums, STATES[row.state]
        row.share_bp = available_bp(sums)
        row.share_percent = (row.share_bp or 0) * 100 // BP
        row.gbps_hours, row.gb_moved = (
            gbps_hours(sums.available_gbps_seconds),
            gigabytes(sums.moved_mb),
        )
        row.is_bought = row.agreement.buyer_id == acting.member_id
    choices = [("", _("All")), *((value, STATES[value].text) for value in LinkState.values)]
    return TemplateResponse(
        request,
        "delivery/links.html",
        {
            "page": page,
            "oversees": acting.oversees,
            "filtered": bool(state),
            "states": [(text, f"?state={value}", value == state) for value, text in choices],
        },
    )


@require_safe
@for_members()
def link_delivery_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one link as it is delivered; `?day=` chooses the day; 404 for strangers."""
    row = _readable(acting_of(request)).filter(pk=pk).first()
    if row is None:
        raise Http404
    days, today = days_of(row), delivery_day(market_now())
    chosen = next(
        (day for day in days if day.isoformat() == request.GET.get("day", "")),
        min(max(today, days[0]), days[-1]),
    )
    return TemplateResponse(
        request,
        "delivery/link.html",
        {
            "row": row,
            "card": link_card_of(row, chosen),
            "days": [(day_of(day), f"?day={day.isoformat()}#link", day == chosen) for day in days],
            "events": [_shown(event) for event in reversed(row.events.all())],
        },
    )


def _readable(acting: Acting) -> Any:
    if acting.oversees:
        return with_route(LinkDelivery.objects.all())
    return link_deliveries_of(acting.member_id or 0)


def _shown(event: LinkEvent) -> tuple[LinkEvent, str, str, str]:
    """Return an event with its words, its kind and its reason."""
    why = event.facts.get("reason") or event.facts.get("error") or ""
    text = str(LINK_EVENTS.get(event.kind, event.kind))
    return event, text, "warn" if event.kind in WARNINGS else "ok", _(why) if why else ""
