"""The orders of an auction: what became of each, why, and what would have served it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.paging import page_of
from marketplace.domain.auctions.fates import Fate, fates_of
from marketplace.domain.auctions.smallest_yes import left_device_hours, nearest_yes
from marketplace.pages.auctions.opening import opened_by
from marketplace.pages.auctions.overview import asked
from marketplace.pages.auctions.words import (
    CONDITION_WORDS,
    KIND_RULES,
    KINDS,
    REASONS,
    amount_text,
    limit_text,
    state_of,
    wanted_text,
)
from marketplace.pages.words import link_text
from marketplace.queries.auctions import Opened

MOST_NUMBER = 2**31


@require_safe
def auction_orders(request: HttpRequest, code: str = "") -> HttpResponse:
    """List the orders of a published auction, of the example for no code.

    `?state=` yes, no or money (rejected in the money), `?participant=` one.
    """
    opened, home = opened_by(code)
    state = request.GET.get("state", "")
    participant = asked(request, "participant", MOST_NUMBER)
    fates = [
        fate
        for fate in fates_of(opened.case)
        if _in_state(fate, state) and participant in (0, fate.participant)
    ]
    page = page_of(request, fates)  # type: ignore[arg-type]
    keep = f"&participant={participant}" if participant else ""
    words = (("", _("All")), ("yes", _("Execute")), ("no", _("Rejected")), ("money", _("In money")))
    return TemplateResponse(
        request,
        "marketplace/auctions/orders.html",
        {
            "auction": opened,
            "home": home,
            "page": page,
            "rows": [(fate, *_shown(fate)) for fate in page.object_list],
            "states": [(text, f"?state={key}{keep}", key == state) for key, text in words],
            "participant": participant,
        },
    )


def _in_state(fate: Fate, state: str) -> bool:
    kept = {"yes": fate.executes, "no": not fate.executes, "money": fate.in_the_money}
    return kept.get(state, True)


def _shown(fate: Fate) -> tuple[Any, ...]:
    return (
        KINDS[fate.bid.kind],
        wanted_text(fate.bid),
        state_of(fate),
        limit_text(fate.bid, fate.bid.parts[0][0]),
    )


@require_safe
def auction_order(request: HttpRequest, number: int, code: str = "") -> HttpResponse:
    """Show one order: why it executes or not, where it stands, what would have served it."""
    opened, home = opened_by(code)
    fate = next((fate for fate in fates_of(opened.case) if fate.number == number), None)
    if fate is None:
        raise Http404
    kind, wanted, state, limit = _shown(fate)
    return TemplateResponse(
        request,
        "marketplace/auctions/order.html",
        {
            "auction": opened,
            "home": home,
            "fate": fate,
            "kind": kind,
            "rule": KIND_RULES[fate.bid.kind],
            "wanted": wanted,
            "state": state,
            "limit": limit,
            "why": REASONS[fate.reason],
            "window": (opened.at(fate.bid.earliest), opened.at(fate.bid.latest)),
            "places": _places(opened, number),
            "link": link_text(fate.bid.link_gbps, fate.bid.move_gb),
            "carriers": _carriers(opened, number),
            "yes": yes_of(opened, fate),
        },
    )


def _places(opened: Opened, number: int) -> list[dict[str, Any]]:
    one = next((one for one in opened.case.outcome.accepted if one.order == number), None)
    return [
        {
            "node": opened.book.nodes[rect.at].code,
            "devices": rect.amount,
            "starts_at": opened.at(rect.first),
            "ends_at": opened.at(rect.first + rect.hours),
            "mean_micros": int(opened.case.outcome.prices[rect.at, list(rect.span)].mean()),
        }
        for rect in (one.placed if one else ())
    ]


def _carriers(opened: Opened, number: int) -> list[dict[str, Any]]:
    one = next((one for one in opened.case.outcome.accepted if one.order == number), None)
    found = []
    for rect in one.carried_by if one else ():
        link = opened.book.links[rect.at]
        zone, city = opened.book.arcs[link.arc]
        prices = opened.case.outcome.link_prices[link.arc, list(rect.span)]
        found.append(
            {
                "number": link.number,
                "zone": zone,
                "city": city,
                "gbps": rect.amount,
                "starts_at": opened.at(rect.first),
                "ends_at": opened.at(rect.first + rect.hours),
                "mean_micros": int(prices.mean()),
            }
        )
    return found


def yes_of(opened: Opened, fate: Fate) -> dict[str, Any]:
    """Return what would have served a rejected order, the nearest of its alternatives."""
    if fate.executes:
        return {}
    order = opened.book.order_of[fate.number]
    bid, yes = nearest_yes(opened.case, order)
    limit = bid.parts[0][0]
    dearer = yes.limit_micros is not None and yes.limit_micros > limit
    wider = yes.wider_limit_micros if dearer and yes.wider_saves_micros else None
    return {
        "raise_micros": yes.limit_micros - limit if dearer and yes.limit_micros else None,
        "limit": limit_text(bid, yes.limit_micros) if yes.limit_micros else "",
        "wider_saves_micros": yes.wider_saves_micros if wider else None,
        "wider_does": wider is not None and wider <= limit,
        "wider_limit": limit_text(bid, wider) if wider else "",
        "amount": amount_text(bid, yes.amount) if yes.amount else "",
        "without": [CONDITION_WORDS[name] for name in yes.without],
        "left": left_device_hours(opened.case, bid) if fate.reason == "ALL_OR_NOTHING" else 0,
    }
