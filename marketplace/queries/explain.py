"""Why an order is not filled, and the smallest change that would fill it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from exchange.book import Fill, Offer, SieveStep, Want, match_order, sieve_of
from exchange.price import SCALE
from exchange.refusal import NotFound
from exchange.requirement import Requirement, Sieve
from exchange.units import TICK_MICROS, ceil_div
from exchange.window import hour_start
from marketplace.queries.resting import open_orders, want_of
from marketplace.queries.standing import owner_of
from marketplace.queries.survey import survey

LOOK_AHEAD_HOURS = 7 * 24
NO_LIMIT = 10**15
NOTHING = Requirement()
# The fields of a requirement that each condition is made of.
FIELDS_OF = {
    "FAMILY": ("families_allowed", "families_excluded"),
    "CHIP": ("chips_allowed",),
    "STACK": ("stack",),
    "MEMORY": ("min_memory_gb",),
    "SCALE_UP": ("min_scale_up_gbs",),
    "SCALE_OUT": ("min_scale_out_gbps",),
    "ZONE": ("zones_allowed",),
    "PUE": ("max_pue_thousandths",),
    "CARBON": ("max_carbon_g_per_kwh",),
    "FIRMNESS": ("firmness",),
    "RTT": ("max_rtt_us",),
}


@dataclass(frozen=True)
class Fix:
    """One change that would fill the order now: fields with their new values, and the effect.

    Effect: price_micros per device-hour, value_micros net, devices, starts_at, listing_id.
    """

    code: str
    change: dict[str, Any]
    effect: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """What each condition leaves of the open offers, and what would fill the order."""

    order_id: int
    state: str
    sieve: tuple[SieveStep, ...]
    fixes: tuple[Fix, ...]

    @property
    def blocked_by(self) -> str:
        """Return the condition that nothing survives; empty when offers are left."""
        return next((step.code for step in self.sieve if not step.survivors), "")


def why_not(order_id: int, now: datetime) -> Explanation:
    """Explain an order against the market as it is now; refuses an unknown one."""
    order = open_orders_or_any(order_id)
    plain = want_of(order, owner_of(order.buyer), 0)
    market = survey(
        city_id=order.city_id,
        workload_class=order.workload_class,
        last_hour=plain.last_hour + LOOK_AHEAD_HOURS,
        now=now,
        requirement=plain.requirement,
        owner=plain.owner,
    )
    want = want_of(order, owner_of(order.buyer), market.first_open)
    if want.amount <= 0:
        return Explanation(order.pk, order.state, (), ())
    others = [offer for offer in market.offers if offer.owner != want.owner]
    return Explanation(
        order_id=order.pk,
        state=order.state,
        sieve=sieve_of(want, market.offers),
        fixes=tuple(fixes_of(want, others)),
    )


def open_orders_or_any(order_id: int) -> Any:
    """Return the order with what its trades have taken; NotFound when there is none."""
    order = open_orders(every_state=True).select_related("buyer").filter(pk=order_id).first()
    if order is None:
        raise NotFound
    return order


def fixes_of(want: Want, offers: Sequence[Offer]) -> Iterator[Fix]:
    """Yield single changes that fill the order, each by the offer that needs least."""
    sieve = Sieve(want.requirement)
    for code in FIELDS_OF:
        alone = [offer for offer in offers if sieve.failed(offer.place) == {code}]
        if alone and (fix := _relax(want, code, alone)):
            yield fix
    suitable = [offer for offer in offers if sieve.passes(offer.place)]
    yield from _narrower_link(want, suitable)
    yield from _start_later(want, suitable)
    yield from _raise_limit(want, suitable)


def _relax(want: Want, code: str, offers: Sequence[Offer]) -> Fix | None:
    """The least change of one condition that lets one of the offers fill the order."""
    dropped = {name: getattr(NOTHING, name) for name in FIELDS_OF[code]}
    free = replace(want, requirement=replace(want.requirement, **dropped))
    best: tuple[Any, Fix] | None = None
    for offer in offers:
        fills = match_order(free, [offer]).fills
        if fills:
            change = _least(want.requirement, code, offer)
            rank = (_size(change), fills[0].landed_micros)
            if best is None or rank < best[0]:
                best = (rank, Fix(code, change, _effect(fills)))
    return best[1] if best else None


def _least(requirement: Requirement, code: str, offer: Offer) -> dict[str, Any]:
    place = offer.place
    changes: dict[str, dict[str, Any]] = {
        "FAMILY": {
            "families_allowed": sorted(requirement.families_allowed | {place.family})
            if requirement.families_allowed
            else [],
            "families_excluded": sorted(requirement.families_excluded - {place.family}),
        },
        "CHIP": {"chips_allowed": sorted(requirement.chips_allowed | {place.chip})},
        "STACK": {"stack": place.stack},
        "MEMORY": {"min_memory_gb": place.memory_gb},
        "SCALE_UP": {"min_scale_up_gbs": place.scale_up_gbs},
        "SCALE_OUT": {"min_scale_out_gbps": place.scale_out_gbps},
        "ZONE": {"zones_allowed": sorted(requirement.zones_allowed | {place.zone})},
        "PUE": {"max_pue_thousandths": place.pue_thousandths},
        "CARBON": {"max_carbon_g_per_kwh": place.carbon_g_per_kwh},
        "FIRMNESS": {"firmness": sorted(requirement.firmness | {place.firmness})},
        "RTT": {"max_rtt_us": place.rtt_us},
    }
    return changes[code]


def _size(change: dict[str, Any]) -> int:
    """Ceilings are raised by as little as possible, floors lowered by as little."""
    (name, value), *_ = change.items()
    if not isinstance(value, int):
        return 0
    return value if name.startswith("max_") else -value


def _narrower_link(want: Want, offers: Sequence[Offer]) -> Iterator[Fix]:
    """Yield the widest link, narrower than what is asked for, with which the order fills."""
    found: tuple[Fill, ...] = ()
    if not want.requirement.link_gbps or match_order(want, offers).fills:
        return
    lowest, highest = 0, want.requirement.link_gbps - 1
    while lowest < highest:
        gbps = (lowest + highest + 1) // 2
        fills = match_order(_with_link_of(want, gbps), offers).fills
        if fills:
            lowest, found = gbps, fills
        else:
            highest = gbps - 1
    if found:
        yield Fix("LINK", {"link_gbps": lowest}, _effect(found))


def _with_link_of(want: Want, gbps: int) -> Want:
    return replace(want, requirement=replace(want.requirement, link_gbps=gbps))


def _start_later(want: Want, offers: Sequence[Offer]) -> Iterator[Fix]:
    last = want.last_hour + LOOK_AHEAD_HOURS
    later = replace(want, first_hour=want.last_hour - want.hours + 1, last_hour=last)
    if want.fixed_start is None:
        soonest: tuple[Fill, ...] = ()
        for offer in offers:
            fills = match_order(later, [offer]).fills
            if fills and (not soonest or fills[0].first_hour < soonest[0].first_hour):
                soonest = fills
        if soonest:
            ends_at = hour_start(soonest[0].first_hour + want.hours)
            yield Fix("WINDOW", {"latest": ends_at}, _effect(soonest))


def _raise_limit(want: Want, offers: Sequence[Offer]) -> Iterator[Fix]:
    rich = replace(want, limit_micros=NO_LIMIT, purse_micros=NO_LIMIT)
    fills = match_order(rich, offers).fills
    credited = sum(fill.credited for fill in fills)
    if not fills or match_order(want, offers).fills:
        return
    # Every lot is compared with the limit on its own.
    needed = max(
        ceil_div(fill.landed_micros * SCALE[want.unit], fill.credited * fill.hours)
        for fill in fills
    )
    limit = ceil_div(needed, TICK_MICROS) * TICK_MICROS
    if limit > want.limit_micros:
        yield Fix("PRICE", {"limit_micros": limit}, _effect(fills) | {"credited": credited})
    else:
        value = sum(fill.landed_micros for fill in fills)
        yield Fix("BUDGET", {"budget_net_micros": value}, _effect(fills))


def _effect(fills: Sequence[Fill]) -> dict[str, Any]:
    first = fills[0]
    return {
        "listing_id": first.listing_id,
        "devices": sum(fill.devices for fill in fills),
        "price_micros": first.price_micros,
        "value_micros": sum(fill.landed_micros for fill in fills),
        "starts_at": hour_start(first.first_hour),
    }
