"""Which deliveries are in default, and what on the market would replace one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from accounts.models import Member
from contracts.domain.terms import Terms
from contracts.queries import beside, terms_of
from delivery.domain import substitution as rules
from delivery.models import Allocation, Substitution
from exchange.book import Offer, match_order
from exchange.units import TICK_MICROS
from exchange.window import HOUR
from ledger.queries import rates_at
from marketplace.domain.checks import MOST_PRICE_MICROS, first_open_hour
from marketplace.domain.order_request import OrderRequest
from marketplace.models import Order
from marketplace.queries.standing import gate_minutes, owner_of
from marketplace.queries.survey import survey, want_from

AS_FIRM = {"FIRM": ("FIRM",), "RECALLABLE": ("FIRM", "RECALLABLE")}
HIGHEST = MOST_PRICE_MICROS // TICK_MICROS * TICK_MICROS


@dataclass(frozen=True)
class Quote:
    """What would replace the rest of a delivery now, or the code of why nothing does."""

    reason: str = ""
    covers_from: datetime | None = None
    request: OrderRequest | None = None
    share_micros: int = 0
    cap_micros: int = 0
    advance_micros: int = 0


def allocations_in_default(now: datetime, limit: int) -> list[int]:
    """Return deliveries that failed or went dark within their window and have no substitution."""
    dark = Q(state="INTERRUPTED", state_since__lte=now - rules.DARK_FOR)
    rows = Allocation.objects.filter(
        Q(state="FAILED") | dark,
        substitution=None,
        recalled_from=None,
        agreement__state="IN_FORCE",
        ends_at__gt=now,
    )
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])


def is_dark(allocation: Allocation, now: datetime) -> bool:
    """Tell whether a delivery has failed, or has been silent or unhealthy for long enough."""
    long_ago = allocation.state_since <= now - rules.DARK_FOR
    return allocation.state == "FAILED" or (allocation.state == "INTERRUPTED" and long_ago)


def substitutions_under_way(limit: int) -> list[int]:
    """Return substitutions that have not ended, those first that wait longest for a look."""
    rows = Substitution.objects.filter(state__in=sorted(rules.SUBSTITUTION_OWNERS))
    rows = rows.order_by(F("looked_at").asc(nulls_first=True), "id")
    return list(rows.values_list("id", flat=True)[:limit])


def substitution_before(allocation: Allocation) -> Substitution | None:
    """Return the substitution that this allocation itself came of."""
    rows = Substitution.objects.filter(replacement_id=allocation.agreement_id)
    return rows.select_related("of_allocation__agreement").first()


def chain_of(allocation: Allocation) -> list[Allocation]:
    """Return the deliveries of one purchase, the first bought first, this one among them."""
    first = allocation
    while (before := substitution_before(first)) is not None:
        first = before.of_allocation
    chain = [first]
    while (after := getattr(chain[-1], "substitution", None)) is not None:
        following = Allocation.objects.filter(agreement_id=after.replacement_id).first()
        if after.replacement_id is None or following is None:
            break
        chain.append(following)
    return chain


def why_never(allocation: Allocation, terms: Terms, attempt: int) -> str:
    """Return the code of why a delivery is not replaced whatever the market offers; or nothing."""
    if terms.firmness not in AS_FIRM or not terms.damages_cap_bp:
        return "NO_GUARANTEE"
    if attempt > rules.LONGEST_CHAIN:
        return "CHAIN_TOO_LONG"
    return "LINK" if beside(allocation.agreement) else ""


def sellers_passed_by(allocation: Allocation) -> list[int]:
    """Return all members of those who stand behind the sellers of the chain."""
    sellers = [one.agreement.seller for one in chain_of(allocation)]
    owners = [seller.beneficial_owner for seller in sellers if seller.beneficial_owner]
    rows = Member.objects.filter(
        Q(pk__in=[seller.pk for seller in sellers]) | Q(beneficial_owner__in=owners)
    )
    return sorted(rows.values_list("pk", flat=True))


def quote(allocation: Allocation, now: datetime) -> Quote:
    """Look at the market for what is equal or better for the rest of the window.

    Same software stack, at least the memory, the bandwidth between sites' devices and the compute
    a device, the order's own conditions on place, network, energy and chips, as firm, from none
    of the chain's sellers, all devices and hours from one listing.
    """
    terms = terms_of(allocation.agreement_id)
    covers_from = max(first_open_hour(now, gate_minutes(now)), allocation.starts_at)
    if covers_from >= allocation.ends_at:
        return Quote("TOO_LATE")
    order = allocation.agreement.trade.order  # type: ignore[union-attr]
    vat_bp = rates_at(now).vat_bp
    request = _request(allocation, terms, order, covers_from)
    market = survey(
        city_id=order.city_id,
        workload_class=terms.workload_class,
        last_hour=int(allocation.ends_at.timestamp()) // 3600,
        now=now,
    )
    suited, chips = _suited(market.offers, allocation, terms)
    want = want_from(request, vat_bp=vat_bp, first_open=market.first_open)
    fills = match_order(want, suited).fills
    if not fills:
        return Quote("NOTHING_FITS")
    device_hours = request.amount * request.hours
    limit = rules.limit_micros(fills[0].value_micros, device_hours)
    share, cap = rules.share_micros(terms, covers_from), rules.cap_micros(terms, covers_from)
    advance = rules.advance_micros(limit, device_hours, vat_bp, share)
    if advance > cap:
        return Quote("ABOVE_CAP")
    named = tuple(sorted(chips))
    ordered = _replace(request, limit_micros=limit, chips_allowed=named)
    return Quote("", covers_from, ordered, share, cap, advance)


def _replace(request: OrderRequest, **changes: Any) -> OrderRequest:
    given = {name: getattr(request, name) for name in request.__struct_fields__}
    return OrderRequest(**given | changes)


def _request(
    allocation: Allocation, terms: Terms, order: Order, covers_from: datetime
) -> OrderRequest:
    """Return the order for the rest of the window, its conditions those of order and agreement."""
    # Whoever has whole nodes gets whole nodes; a single device needs none.
    whole = allocation.devices % allocation.pool.devices_per_node == 0
    scale_up = terms.scale_up_gbs if whole and allocation.pool.devices_per_node > 1 else 0
    return OrderRequest(
        unit="DEVICES",
        amount=allocation.devices,
        hours=(allocation.ends_at - covers_from) // HOUR,
        earliest=covers_from,
        latest=allocation.ends_at,
        limit_micros=HIGHEST // 10_000,
        families_allowed=tuple(order.families_allowed),
        families_excluded=tuple(order.families_excluded),
        chips_allowed=tuple(order.chips_allowed),
        stack=terms.stack,
        min_memory_gb=terms.memory_gb,
        min_scale_up_gbs=max(scale_up, order.min_scale_up_gbs),
        min_scale_out_gbps=terms.scale_out_gbps,
        city=order.city.code if order.city else None,
        max_rtt_us=order.max_rtt_us,
        firmness=AS_FIRM[terms.firmness],
        zones_allowed=tuple(order.zones_allowed),
        max_pue_thousandths=order.max_pue_thousandths,
        max_carbon_g_per_kwh=order.max_carbon_g_per_kwh,
        workload_class=terms.workload_class,
        time_in_force="FOK",
    )


def _suited(
    offers: Sequence[Offer], allocation: Allocation, terms: Terms
) -> tuple[list[Offer], set[str]]:
    """Return offers of others of chips that are nowhere weaker than contracted, and the chips."""
    sellers = Member.objects.filter(pk__in=sellers_passed_by(allocation))
    others = {owner_of(member) for member in (*sellers, allocation.agreement.buyer)}
    weak = {
        offer.place.chip for offer in offers if offer.gflops_per_device < terms.gflops_per_device
    }
    allowed = set(allocation.agreement.trade.order.chips_allowed)  # type: ignore[union-attr]
    suited = [
        offer
        for offer in offers
        if offer.owner not in others
        and offer.place.chip not in weak
        and (not allowed or offer.place.chip in allowed)
    ]
    return suited, {offer.place.chip for offer in suited}
