"""Orders: the list, and one order with why it is filled or not, its money and its life."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from counter.access import acting_of, for_members
from counter.paging import page_of
from counter.pictures import StepRow
from counter.templatetags.figures import instant, pflops, whole
from exchange.units import GFLOPS_PER_PFLOPS, half_even_div
from marketplace.actions import cancel_order
from marketplace.domain.checks import OF_AUCTIONS
from marketplace.models import LinkTrade, Order, Trade
from marketplace.pages.again import ask_again
from marketplace.pages.sieves import sieve_rows
from marketplace.pages.words import (
    FIRMNESS_WORDS,
    ORDER_STATES,
    SELF_TRADES,
    TIMES,
    event_row,
    fix_row,
    link_text,
)
from marketplace.queries.books import events_of, order_for, orders_of, trades_of
from marketplace.queries.carrying import link_trades_of
from marketplace.queries.explain import why_not
from marketplace.queries.holding import left_of_hold, left_of_holds
from marketplace.queries.resting import OPEN_STATES
from timetable.queries import market_now

MOST_FIXES = 4
GROUPS = {"open": OPEN_STATES, "filled": ("FILLED",), "ended": ("CANCELLED", "EXPIRED")}


def number_text(order: Order, amount: int) -> str:
    """Return an amount in the order's unit, without the unit."""
    return whole(amount) if order.unit == "DEVICES" else pflops(amount)


def amount_text(order: Order, amount: int) -> str:
    """Return an amount in the order's unit."""
    if order.unit == "DEVICES":
        return ngettext("%(n)s device", "%(n)s devices", amount) % {"n": whole(amount)}
    return f"{pflops(amount)}\u00a0PFLOPS"


@require_safe
@for_members("BUYER", "BROKER")
def orders(request: HttpRequest) -> HttpResponse:
    """List the member's orders, newest first; `?state=` open, filled or ended."""
    rows = orders_of(acting_of(request).member_id or 0)
    chosen = request.GET.get("state", "")
    if chosen in GROUPS:
        rows = rows.filter(state__in=GROUPS[chosen])
    page = page_of(request, rows)
    holds = left_of_holds(page)
    for order in page:
        order.holds_micros = holds[order.pk]
        order.shown_state = ORDER_STATES[order.state]
        order.amount_text = amount_text(order, order.amount)
        order.filled_share = min(100, order.filled * 100 // order.amount)
    words = [("", _("All")), ("open", _("Open")), ("filled", _("Filled")), ("ended", _("Ended"))]
    return TemplateResponse(
        request,
        "marketplace/orders.html",
        {
            "page": page,
            "filtered": chosen in GROUPS,
            "groups": [(text, f"?state={key}", key == chosen) for key, text in words],
        },
    )


@require_safe
@for_members("BUYER", "BROKER")
def order_page(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show one of the member's orders; 404 for anybody else's."""
    acting = acting_of(request)
    now = market_now()
    order = order_for(acting.member_id or 0, order_id)
    trades = list(trades_of(acting.member_id or 0).filter(order_id=order.pk).order_by("id"))
    rest = max(0, order.amount - order.filled)
    rows = [event_row(event) for event in events_of(order.pk).order_by("-number")]
    links = list(link_trades_of(order.buyer_id).filter(trade__order_id=order.pk).order_by("id"))
    facts: dict[str, Any] = {
        "order": order,
        "asked_link": link_text(order.link_gbps, order.move_gb),
        "links": [(one, link_text(one.gbps, one.gb)) for one in links],
        "landed_micros": sum(trade.value_micros for trade in trades)
        + sum(one.value_micros for one in links),
        "state": ORDER_STATES[order.state],
        "open": order.state in OPEN_STATES,
        "ended_why": "" if order.state in OPEN_STATES else rows[0].why if rows else "",
        "stays": TIMES[order.time_in_force],
        "auction": auction_of(order),
        "own_offers": SELF_TRADES[order.self_trade],
        "may_cancel": order.state in OPEN_STATES and acting.may_trade,
        "amount": amount_text(order, order.amount),
        "bought": amount_text(order, min(order.filled, order.amount)),
        "bought_number": number_text(order, min(order.filled, order.amount)),
        "rest": amount_text(order, rest),
        "mean_micros": mean_price(order, trades),
        "steps": steps_of(order, trades, now),
        "trades": trades,
        "events": rows,
        "money": money_of(order, trades, links),
        "firmness": ", ".join(str(FIRMNESS_WORDS[word]) for word in order.firmness),
        "again": ask_again(order) if rest else "",
        "now": now,
    }
    if rest and order.state in OPEN_STATES:
        facts |= _why(order, now)
    return TemplateResponse(request, "marketplace/order.html", facts)


def _why(order: Order, now: datetime) -> dict[str, Any]:
    explained = why_not(order.pk, now)
    rows = [row for fix in explained.fixes[:MOST_FIXES] if (row := fix_row(fix))]
    return {
        "sieve": sieve_rows(explained.sieve),
        "fixes": [(row, ask_again(order, **row.query)) for row in rows],
    }


def auction_of(order: Order) -> str:
    """Return the code of the auction that sold to the order; empty for every other order."""
    if order.time_in_force != "GFA" or not order.client_order_id.startswith(OF_AUCTIONS):
        return ""
    return order.client_order_id.removeprefix(OF_AUCTIONS).partition(":")[0]


def mean_price(order: Order, trades: list[Trade]) -> int | None:
    """Return what was paid on average per unit and hour of what was credited."""
    credited = sum(trade.filled for trade in trades) * order.hours
    value = sum(trade.value_micros for trade in trades)
    if not credited:
        return None
    scale = 1 if order.unit == "DEVICES" else GFLOPS_PER_PFLOPS
    return half_even_div(value * scale, credited)


def money_of(order: Order, trades: list[Trade], links: list[LinkTrade]) -> dict[str, int]:
    """Return the hold in its parts: bought, of it for links, still held, released."""
    for_link = sum(link.held_micros for link in links)
    bought = sum(trade.held_micros for trade in trades) + for_link
    held = left_of_hold(order)
    return {
        "bought": bought,
        "link": for_link,
        "held": held,
        "released": order.held_micros - bought - held,
        "total": order.held_micros,
    }


def steps_of(order: Order, trades: list[Trade], now: datetime) -> list[StepRow]:
    """Return the story from order to payment, as far as trades and time tell it."""
    filled = _("%(bought)s of %(amount)s filled") % {
        "bought": number_text(order, min(order.filled, order.amount)),
        "amount": amount_text(order, order.amount),
    }
    if not trades:
        over = order.state not in OPEN_STATES
        return [
            StepRow("done" if over else "now", _("Order"), filled),
            StepRow("next", _("Agreement"), _("with the first trade")),
            StepRow("next", _("Delivery")),
            StepRow("next", _("Payment"), _("follows the meter")),
        ]
    start = min(trade.starts_at for trade in trades)
    end = max(trade.ends_at for trade in trades)
    begun, over = start <= now, end <= now
    delivery = (
        _("ended %(at)s") % {"at": instant(end)}
        if over
        else _("since %(at)s") % {"at": instant(start)}
        if begun
        else _("starts %(at)s") % {"at": instant(start)}
    )
    return [
        StepRow("done", _("Order"), filled),
        StepRow("done", _("Agreement"), _("by standing terms, one a trade")),
        StepRow("done" if over else "now", _("Delivery"), delivery),
        StepRow("now" if over else "next", _("Payment"), _("follows the meter")),
    ]


@require_POST
@for_members("BUYER", "BROKER", writes=True)
def cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    """Cancel what is open of the order and go back to it."""
    acting = acting_of(request)
    cancel_order(
        buyer_id=acting.member_id or 0,
        order_id=order_id,
        person_id=acting.person_id,
        now=market_now(),
    )
    return redirect("marketplace:order", order_id)
