"""The page to order in an auction, or to change an order that stands there."""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from counter.access import acting_of, for_members
from counter.problems import sentence_of
from exchange.refusal import Refused
from marketplace.actions import auctions as do
from marketplace.domain.auctions.entries import OrderSent, check_order, hold_of
from marketplace.domain.auctions.phases import ONLY_IMPROVES, TAKES_ENTRIES, phase_of
from marketplace.models import Auction, AuctionOrder
from marketplace.pages.auctions.order_forms import AuctionOrderForm, answers_of, order_of
from marketplace.pages.auctions.own import ENTRY_TAGS, asked_text, hours_of, limit_of
from marketplace.pages.auctions.timeline import KIND_WORDS
from marketplace.pages.auctions.words import KIND_RULES, KINDS
from marketplace.pages.request import FIELDS
from marketplace.pages.words import link_text
from marketplace.queries.auctions import auction_named, auction_order_for
from timetable.queries import market_now

NAMES = {**FIELDS, "steps": "curve", "min_fill_bp": "fill"}
TEMPLATE = "marketplace/auctions/order_form.html"


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("BUYER", writes=True)
def new_auction_order(request: HttpRequest, code: str) -> HttpResponse:
    """Show what the answers would hold, or (POST) enter the order; refusals name the field."""
    auction, now, acting = auction_named(code), market_now(), acting_of(request)
    data = request.POST if request.method == "POST" else request.GET
    first = request.method != "POST" and "limit" not in data
    form = AuctionOrderForm(data, auction=auction, now=now, first=first)
    sent = _sent(form, auction)
    if request.method == "POST" and sent is not None:
        try:
            do.enter_order(
                auction_id=auction.pk,
                member_id=acting.member_id or 0,
                client_order_id=data.get("client_order_id", "")[:64] or uuid4().hex,
                sent=sent,
                now=now,
                person_id=acting.person_id,
            )
            return redirect("marketplace:auction", code)
        except Refused as refusal:
            _refuse(form, refusal)
    return _page(request, form, auction, sent)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("BUYER", writes=True)
def change_auction_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show an order of the member's with its answers, or (POST) put others in their place."""
    acting, now = acting_of(request), market_now()
    order = auction_order_for(acting.member_id or 0, order_id)
    auction = order.auction
    answers = answers_of(order)
    data: QueryDict = request.POST if request.method == "POST" else request.GET
    if "amount" not in data and answers is not None:
        data = _as_query(answers)
    form = AuctionOrderForm(data, auction=auction, now=now)
    sent = _sent(form, auction)
    if request.method == "POST" and sent is not None and answers is not None:
        try:
            do.change_order(
                order_id=order.pk,
                member_id=acting.member_id or 0,
                version=_version(data, order),
                sent=sent,
                now=now,
                person_id=acting.person_id,
            )
            return redirect("marketplace:auction", auction.code)
        except Refused as refusal:
            _refuse(form, refusal)
    return _page(request, form, auction, sent, order=order, sayable=answers is not None)


@require_POST
@for_members("BUYER", writes=True)
def cancel_auction_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Cancel an order of the member's and go back to its auction."""
    acting = acting_of(request)
    order = do.cancel_order(
        order_id=order_id,
        member_id=acting.member_id or 0,
        now=market_now(),
        person_id=acting.person_id,
    )
    return redirect("marketplace:auction", order.auction.code)


def _version(data: QueryDict, order: AuctionOrder) -> int:
    """Return the version that the reader saw."""
    said = data.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else order.version


def _as_query(answers: dict[str, Any]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in answers.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query


def _sent(form: AuctionOrderForm, auction: Auction) -> OrderSent | None:
    """Return the order that the answers ask for; None where the form or the format refuses."""
    if not form.is_valid() or not (form.cleaned_data["limit"] or form.cleaned_data["curve"]):
        return None
    sent = order_of(form.cleaned_data, auction)
    try:
        check_order(sent, hours=auction.hours)
    except Refused as refusal:
        _refuse(form, refusal)
        return None
    return sent


def _refuse(form: AuctionOrderForm, refusal: Refused) -> None:
    name = NAMES.get(refusal.field, refusal.field)
    form.add_error(name if name in form.fields else None, sentence_of(refusal))


def _hidden(form: AuctionOrderForm) -> list[tuple[str, str]]:
    data = form.data
    assert isinstance(data, QueryDict)
    return [(name, str(value)) for name in form.fields for value in data.getlist(name) if value]


def _page(
    request: HttpRequest,
    form: AuctionOrderForm,
    auction: Auction,
    sent: OrderSent | None,
    *,
    order: AuctionOrder | None = None,
    sayable: bool = True,
) -> HttpResponse:
    phase = phase_of(auction, market_now())
    stands = order is None or order.state == "ENTERED"
    facts: dict[str, Any] = {
        "form": form,
        "row": auction,
        "kind": KIND_WORDS[auction.kind],
        "window": hours_of(auction, 0, auction.hours),
        "hidden": _hidden(form),
        "order": order,
        "here_at": request.path,
        "tag": ENTRY_TAGS[order.state] if order else None,
        "sayable": sayable,
        "takes": phase in TAKES_ENTRIES and stands,
        "only_improves": phase in ONLY_IMPROVES,
        "may_trade": acting_of(request).may_trade,
        "client_order_id": f"web-{uuid4().hex[:16]}",
        **_curve_said(form),
        **(_answer(sent, auction) if sent is not None else {"answer": None}),
    }
    part = getattr(request, "htmx", False) and request.method == "GET"
    template = "marketplace/auctions/_order_answer.html" if part else TEMPLATE
    refused = request.method == "POST"
    return TemplateResponse(request, template, facts, status=422 if refused else 200)


def _curve_said(form: AuctionOrderForm) -> dict[str, Any]:
    """Return what the folded curve, minimum fill and link say, and whether they stand open."""
    curve, fill = form["curve"].value(), form["fill"].value()
    wrong = bool(form["curve"].errors or form["fill"].errors)
    said = _("a curve") if curve else f"≥ {fill} %" if fill else _("none")
    link, move = form["link"].value(), form["move"].value()
    parts = [f"{link} Gbit/s"] * bool(link) + [f"{move} GB"] * bool(move)
    link_said = " + ".join(parts) or _("any")
    return {"curve_said": said, "curve_open": wrong or bool(curve), "link_said": link_said}


def _answer(sent: OrderSent, auction: Auction) -> dict[str, Any]:
    bid = sent.bids[0]
    bids = check_order(sent, hours=auction.hours)
    return {
        "answer": {
            "wanted": asked_text(bid),
            "kind": KINDS[bid["kind"]],
            "rule": KIND_RULES[bid["kind"]],
            "window": hours_of(auction, bid["earliest"], bid["latest"]),
            "limit": limit_of(bid),
            "link": link_text(bid.get("link_gbps", 0), bid.get("move_gb", 0)),
            "hold_micros": hold_of(bids, budget_micros=sent.budget_micros, vat_bp=auction.vat_bp),
            "budget_micros": sent.budget_micros,
        }
    }
