"""One product of the market: candles, what is on offer by hour, book, tape, index, own orders."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.access import acting_of
from exchange.window import day_start, delivery_day, hour_number
from marketplace.domain.checks import first_open_hour
from marketplace.domain.products import Product
from marketplace.pages.books import TAPE, book_of, hour_asked, place_names
from marketplace.pages.candles import candles_chart
from marketplace.pages.hours import DAYS, MEASURES, hour_map
from marketplace.pages.orders import amount_text
from marketplace.pages.words import ORDER_STATES
from marketplace.queries.index import index_of
from marketplace.queries.own import own_listings, own_orders
from marketplace.queries.products import every_product
from marketplace.queries.snapshot import snapshot_for
from marketplace.queries.standing import gate_minutes
from timetable.queries import market_now


@require_safe
def product_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a chip model, or all accelerators, to anyone; `?hour=` book, `?m=` map, `?step=`."""
    now = market_now()
    product = every_product().get(code)
    if product is None:
        raise Http404
    first = hour_number(day_start(delivery_day(now)))
    shot = snapshot_for(product, first_hour=first, hours=24 * DAYS, trades=TAPE)
    first_open = hour_number(first_open_hour(now, gate_minutes(now)))
    measure = request.GET.get("m", "")
    measure = measure if measure in MEASURES else MEASURES[0]
    hours = hour_map(shot, first_open=first_open, measure=measure, asked=hour_asked(request))
    return TemplateResponse(
        request,
        "marketplace/product.html",
        {
            "now": now,
            "product": product,
            "chip": None if product.by_compute else product.chips[0],
            "unit": _("¥/P-h") if product.by_compute else _("¥/device-h"),
            "map": hours,
            "measures": [
                (_("Cheapest ask"), "?m=price#hours", measure == "price"),
                (_("Free"), "?m=free#hours", measure == "free"),
            ],
            "measure": measure,
            "columns": [f"{column:02d}" for column in range(24)],
            "book": book_of(shot, hours.chosen, place_names()),
            "candles": candles_chart(product, request.GET.get("step", ""), now),
            "index": index_of(product, now=now),
            **_own(request, product),
        },
    )


def _own(request: HttpRequest, product: Product) -> dict[str, Any]:
    """Return what the member itself has open here; nothing for strangers."""
    acting = acting_of(request)
    facts: dict[str, Any] = {"orders": [], "listings": []}
    if acting.member_id is None:
        return facts
    if acting.has("BUYER") or acting.has("BROKER"):
        facts["may_buy"] = True
        facts["orders"] = [_shown(order) for order in own_orders(acting.member_id, product)]
    if acting.has("SELLER"):
        facts["may_sell"] = True
        facts["listings"] = own_listings(acting.member_id, product)
        for listing in facts["listings"]:
            listing.free_device_hours = sum(listing.free)
    return facts


def _shown(order: Any) -> Any:
    order.shown_state = ORDER_STATES[order.state]
    order.amount_text = amount_text(order, order.amount)
    order.filled_share = min(100, order.filled * 100 // order.amount)
    return order
