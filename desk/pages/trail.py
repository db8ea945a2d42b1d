"""The trade trail: a trade's whole life on one page, and a way to find it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.queries import verify_chain
from counter.access import acting_of, for_members
from counter.paging import page_of
from desk.pages.trail_steps import steps_of
from desk.queries.proofs import proofs_of
from desk.queries.trail import Trail, followed_trade, trades_followed_by, trail_of


@require_safe
@for_members()
def trail_index(request: HttpRequest) -> HttpResponse:
    """List the trades that the caller may follow; `?trade=17` opens one."""
    acting = acting_of(request)
    wanted = request.GET.get("trade", "").strip().upper().removeprefix("T")
    missing = bool(wanted)
    if wanted.isdecimal() and len(wanted) < 18 and followed_trade(acting, int(wanted)):
        return redirect("desk:trade_trail", trade_id=int(wanted))
    page = page_of(request, trades_followed_by(acting))
    context = {"page": page, "wanted": wanted, "missing": missing}
    return TemplateResponse(request, "desk/trails.html", context)


@require_safe
@for_members()
def trade_trail(request: HttpRequest, trade_id: int) -> HttpResponse:
    """Show one trade from listing to payout; overseers may verify the audit chain here."""
    acting = acting_of(request)
    trade = followed_trade(acting, trade_id)
    if trade is None:
        raise Http404
    oversees = acting.oversees
    # The seller's part is the devices: the link is between buyer and carrier.
    trail = trail_of(trade, with_link=oversees or acting.member_id == trade.buyer_id)
    return TemplateResponse(
        request,
        "desk/trail.html",
        {
            "trail": trail,
            "trade": trade,
            "steps": steps_of(trail, None if oversees else acting.member_id or 0),
            "money": _money(trail),
            "money_sum": sum(amount for _, amount in trail.money),
            "proofs": [(_PROOFS[proof.code](), proof) for proof in proofs_of(trail)],
            "oversees": oversees,
            "chain": verify_chain() if oversees and "verify" in request.GET else None,
        },
    )


_PROOFS = {
    "TERMS": lambda: _("Terms give their hash"),
    "SIGNATURES": lambda: _("Signatures are under that hash"),
    "READINGS": lambda: _("Readings form an unbroken chain"),
    "SETTLED": lambda: _("Each hour is settled once a run"),
    "MONEY": lambda: _("Booked amounts sum to zero"),
}


def _money(trail: Trail) -> list[tuple[str, str, int]]:
    """Return account, whose it is, and what it gained; parties see the same rows."""
    names = {trail.trade.buyer_id: trail.trade.buyer.name}
    names[trail.trade.seller_id] = trail.trade.seller.name
    for link in trail.links:
        names[link.sold.carrier_id] = link.sold.carrier.name
    words = {
        "order_holds": _("Held for the order"),
        "agreement_holds": _("Held for the agreement"),
        "trading": _("Trading funds"),
        "payable": _("Payable"),
        "fees": _("Exchange fee"),
        "tax": _("VAT on the fee"),
        "residue": _("Rounding"),
    }
    rows = []
    for key, amount in trail.money:
        kind, _colon, owner = key.partition(":")
        whose = names.get(int(owner), "") if owner.isdecimal() else "Gridhour"
        rows.append((words.get(kind, key), whose, amount))
    return rows
