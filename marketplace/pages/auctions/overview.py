"""An auction's page: prices by place and hour, the curves of a cell, who gained what."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.paging import page_of
from counter.templatetags.figures import time_of
from marketplace.domain.auctions.curves import curves_of
from marketplace.domain.auctions.fates import fates_of
from marketplace.domain.auctions.price_map import by_node, by_zone
from marketplace.domain.auctions.sharing import gains_of
from marketplace.pages.auctions.opening import opened_by
from marketplace.pages.auctions.pictures import curves_chart, heat_rows
from marketplace.queries.auctions import Opened

HOURS_SHOWN = 24
ROWS_SHOWN = 12
BY = {"zone": by_zone, "node": by_node}


def asked(request: HttpRequest, name: str, most: int) -> int:
    """Return the whole number that `?name=` says, from 0 to `most`, else 0."""
    try:
        return max(0, min(most, int(request.GET.get(name, ""))))
    except ValueError:
        return 0


@require_safe
def auction(request: HttpRequest) -> HttpResponse:
    """Show the example day; `?by=` zones or nodes, `?node=` and `?hour=` the cell of the curves."""
    opened, home = opened_by("")
    facts = {"home": home, "checks": opened.checks, **facts_of(request, opened)}
    return TemplateResponse(request, "marketplace/auctions/auction.html", facts)


def facts_of(request: HttpRequest, opened: Opened) -> dict[str, Any]:
    """Return what the cards of an outcome show: its figures, the price map, a cell's curves."""
    case, outcome = opened.case, opened.case.outcome
    fates = fates_of(case)
    return {
        "auction": opened,
        "starts_at": opened.at(0),
        "ends_at": opened.at(opened.book.hours),
        "orders": len(fates),
        "executing": sum(fate.executes for fate in fates),
        "in_the_money": sum(fate.in_the_money for fate in fates),
        "traded": int(case.traded.sum()),
        "mean_micros": _mean_price(opened),
        "share_bp": outcome.welfare_micros * 10_000 // (outcome.bound_micros or 1),
        "gains": gains_of(case),
        **_map(request, opened),
        **_cell(request, opened),
    }


def _mean_price(opened: Opened) -> int | None:
    traded = opened.case.traded
    total = int(traded.sum())
    return int((traded * opened.case.outcome.prices).sum()) // total if total else None


def _map(request: HttpRequest, opened: Opened) -> dict[str, Any]:
    by = request.GET.get("by", "")
    by = by if by in BY else "node"
    hour = asked(request, "hour", opened.book.hours - 1)
    first = hour // HOURS_SHOWN * HOURS_SHOWN
    hours = range(first, min(first + HOURS_SHOWN, opened.book.hours))
    rows = BY[by](opened.case, hours)
    page = page_of(request, rows, ROWS_SHOWN)  # type: ignore[arg-type]
    chosen = (asked(request, "node", len(opened.book.nodes) - 1), hour)
    address = f"?by={by}&page={page.number}"
    return {
        "by": [(_("Zones"), "?by=zone", by == "zone"), (_("Nodes"), "?by=node", by == "node")],
        "page": page,
        "map": heat_rows(page.object_list, hours, address, chosen),
        "columns": [time_of(opened.at(each))[:2] for each in hours],
    }


def _cell(request: HttpRequest, opened: Opened) -> dict[str, Any]:
    node = asked(request, "node", len(opened.book.nodes) - 1)
    hour = asked(request, "hour", opened.book.hours - 1)
    curves = curves_of(opened.case, node, hour)
    label = _("Demand and supply of %(node)s") % {"node": opened.book.nodes[node].code}
    return {
        "curves": curves,
        "node": opened.book.nodes[node],
        "hour_at": opened.at(hour),
        "hour_end": opened.at(hour + 1),
        "chart": curves_chart(curves, label),
    }
