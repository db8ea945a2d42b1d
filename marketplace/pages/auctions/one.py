"""One auction by its phase: timeline, own lines, how the clearing goes, and the outcome."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from counter.access import acting_of
from counter.paging import page_of
from exchange.window import HOUR
from marketplace.domain.auctions.phases import (
    ONLY_IMPROVES,
    OVER,
    PUBLISHED,
    TAKES_ENTRIES,
    phase_of,
)
from marketplace.models import Auction
from marketplace.pages.auctions.indicative import indicated
from marketplace.pages.auctions.overview import facts_of
from marketplace.pages.auctions.own import offer_line, order_line
from marketplace.pages.auctions.timeline import (
    FALL_BACKS,
    KIND_WORDS,
    SHOWN,
    left_text,
    next_gate,
    run_row,
    steps_of,
)
from marketplace.queries.auctions import (
    Opened,
    auction_named,
    bundle_zip,
    counts_of,
    offers_in,
    opened_auction,
    orders_in,
    outcome_sha256_of,
    runs_of,
    salt_of,
    seed_of,
)
from timetable.queries import market_now

OWN_ROWS = 20


@require_safe
def one_auction(request: HttpRequest, code: str) -> HttpResponse:
    """Show an auction to anyone, and to a member its own lines.

    A part that asks `?was=` a phase gets the steps alone; they fetch the rest when it has passed.
    """
    row, now = auction_named(code), market_now()
    phase = phase_of(row, now)
    facts = phase_facts(row, phase, now)
    was = request.GET.get("was", "")
    if getattr(request, "htmx", False) and was:
        facts["passed"] = was != phase
        return TemplateResponse(request, "marketplace/auctions/_phase.html", facts)
    published = opened_auction(row) if phase in PUBLISHED else None
    facts |= _entries(row) | indicated(row) | own_facts(request, row, phase, published)
    if published is None:
        return TemplateResponse(request, "marketplace/auctions/one.html", facts)
    facts |= facts_of(request, published) | {"outcome_sha256": outcome_sha256_of(row)}
    return TemplateResponse(request, "marketplace/auctions/published.html", facts)


def phase_facts(row: Auction, phase: str, now: datetime) -> dict[str, Any]:
    """Return where the auction is, what comes next, and how its clearing goes."""
    gate = next_gate(row, phase)
    runs = list(runs_of(row))
    return {
        "row": row,
        "home": reverse("marketplace:auction", args=[row.code]),
        "kind": KIND_WORDS[row.kind],
        "window": (row.starts_at, row.starts_at + row.hours * HOUR),
        "phase": phase,
        "tag": SHOWN[phase],
        "steps": steps_of(row, phase),
        "gate": gate,
        "left": left_text(gate[1] - now) if gate else "",
        "runs": [run_row(run) for run in runs],
        "fell_back": FALL_BACKS.get(row.method, ""),
        "trying": FALL_BACKS.get(runs[-1].method, "") if runs else "",
        "over": phase in OVER,
        "every": "2s" if phase == "CLEARING" else "5s",
    }


def _entries(row: Auction) -> dict[str, Any]:
    orders, offers = counts_of([row.pk])[row.pk]
    return {"orders_in_all": orders, "offers_in_all": offers, "seed": seed_of(row)[0]}


def own_facts(
    request: HttpRequest, row: Auction, phase: str, published: Opened | None
) -> dict[str, Any]:
    """Return the member's own orders and offers and what it may do; nothing for strangers."""
    acting = acting_of(request)
    member = acting.member_id if acting.admitted else None
    if member is None:
        return {"lines": [], "offer_lines": []}
    takes = phase in TAKES_ENTRIES and acting.may_trade
    orders = page_of(request, orders_in(row, member).prefetch_related("awards"), OWN_ROWS)
    offers = page_of(request, offers_in(row, member).prefetch_related("awards"), OWN_ROWS)
    return {
        "lines": [order_line(row, order, published) for order in orders],
        "offer_lines": [offer_line(row, offer) for offer in offers],
        "own_page": orders if orders.paginator.num_pages > 1 else offers,
        "buys": acting.has("BUYER"),
        "sells": acting.has("SELLER"),
        "may_order": takes and acting.has("BUYER"),
        "may_offer": takes and acting.has("SELLER"),
        "may_change": takes,
        "only_improves": phase in ONLY_IMPROVES,
        "salt": salt_of(row, member),
    }


@require_safe
def bundle(request: HttpRequest, code: str) -> HttpResponse:
    """Return the published bundle as a zip to anyone; not there before publication."""
    packed = bundle_zip(auction_named(code))
    told = {"Content-Disposition": f'attachment; filename="{code}.zip"'}
    return HttpResponse(packed, content_type="application/zip", headers=told)
