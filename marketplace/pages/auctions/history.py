"""The list of auctions: the next one with its gate, and what became of those before."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.access import acting_of
from counter.paging import page_of
from exchange.window import HOUR
from marketplace.domain.auctions.gates import DAY_AHEAD, WEEKLY
from marketplace.domain.auctions.phases import TAKES_ENTRIES, phase_of
from marketplace.models import Auction
from marketplace.pages.auctions.timeline import KIND_WORDS, SHOWN, left_text, next_gate, steps_of
from marketplace.queries.auctions import auctions_newest, counts_of, found_bp_of, next_auction
from timetable.queries import market_now

KINDS = (DAY_AHEAD, WEEKLY)
ROWS = 20


@require_safe
def auctions(request: HttpRequest) -> HttpResponse:
    """List auctions for anyone, the next one on top; `?kind=` day-ahead or weekly alone."""
    now, acting = market_now(), acting_of(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    page = page_of(request, auctions_newest(kind), ROWS)
    ids = [auction.pk for auction in page]
    counts, found = counts_of(ids), found_bp_of(ids)
    words = (("", _("All")), (DAY_AHEAD, _("Day-ahead")), (WEEKLY, _("Weekly")))
    return TemplateResponse(
        request,
        "marketplace/auctions/auctions.html",
        {
            "page": page,
            "rows": [
                (auction, KIND_WORDS[auction.kind], SHOWN[phase_of(auction, now)],
                 *counts[auction.pk], found.get(auction.pk))
                for auction in page
            ],
            "kinds": [(text, f"?kind={key}", key == kind) for key, text in words],
            "filtered": kind,
            "may_order": acting.has("BUYER") and acting.may_trade,
            "may_offer": acting.has("SELLER") and acting.may_trade,
            **_next(next_auction(now), now),
        },
    )  # fmt: skip


def _next(auction: Auction | None, now: Any) -> dict[str, Any]:
    if auction is None:
        return {"next": None}
    phase = phase_of(auction, now)
    gate = next_gate(auction, phase)
    return {
        "next": auction,
        "next_kind": KIND_WORDS[auction.kind],
        "next_tag": SHOWN[phase],
        "next_window": (auction.starts_at, auction.starts_at + auction.hours * HOUR),
        "next_steps": steps_of(auction, phase),
        "gate": gate,
        "left": left_text(gate[1] - now) if gate else "",
        "takes": phase in TAKES_ENTRIES,
    }
