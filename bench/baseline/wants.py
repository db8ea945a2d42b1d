"""What an order wants, as the pure book sees it, and the highest asks that may serve it."""

from collections.abc import Iterable, Mapping
from typing import Any

from bench.baseline.offers import ANY_ASK
from bench.baseline.places import PoolView
from exchange.book import Want
from exchange.price import DEVICES, net_of
from exchange.requirement import Requirement, Sieve
from exchange.units import GFLOPS_PER_PFLOPS
from exchange.window import ceil_hour, floor_hour, hour_number
from marketplace.domain.checks import FIRMNESS
from marketplace.domain.collar import Reference, most_bought
from marketplace.models import Order


def want_of(order: Any, owner: str, first_open: int) -> Want:
    """Return what the (annotated) order still wants, outside hours whose gate has closed."""
    fixed = getattr(order, "fixed_start", None)
    left = order.held_micros - (getattr(order, "spent_micros", None) or 0)
    return Want(
        order_id=order.pk,
        arrival=order.arrival,
        owner=owner,
        requirement=requirement_of(order),
        unit=order.unit,
        amount=order.amount - order.filled,
        hours=order.hours,
        first_hour=max(hour_number(ceil_hour(order.earliest)), first_open),
        last_hour=hour_number(floor_hour(order.latest)),
        limit_micros=order.limit_micros,
        purse_micros=net_of(left, order.vat_bp),
        splittable=order.splittable,
        min_lot_devices=order.min_lot_devices,
        all_or_none=order.time_in_force == "FOK",
        fixed_start=None if fixed is None else hour_number(fixed),
    )


def requirement_of(order: Order) -> Requirement:
    """Return the order's conditions on a place."""
    return Requirement(
        families_allowed=frozenset(order.families_allowed),
        families_excluded=frozenset(order.families_excluded),
        chips_allowed=frozenset(order.chips_allowed),
        stack=order.stack,
        min_memory_gb=order.min_memory_gb,
        min_scale_up_gbs=order.min_scale_up_gbs,
        min_scale_out_gbps=order.min_scale_out_gbps,
        max_rtt_us=order.max_rtt_us,
        link_gbps=order.link_gbps,
        firmness=frozenset(order.firmness),
        zones_allowed=frozenset(order.zones_allowed),
        max_pue_thousandths=order.max_pue_thousandths,
        max_carbon_g_per_kwh=order.max_carbon_g_per_kwh,
    )


def within_collar(
    asks: Mapping[int, int], views: Mapping[int, PoolView], references: Mapping[int, Reference]
) -> dict[int, int]:
    """Return the pools' highest asks, capped by the collar of their chips."""
    return {
        pool_id: most_bought(references.get(views[pool_id].chip_id), ask)
        for pool_id, ask in asks.items()
    }


def most_asks(want: Want, views: Iterable[PoolView]) -> dict[int, int]:
    """Return the pools that suit the order, each with the highest ask within its limit."""
    sieve = Sieve(want.requirement)
    firmness = want.requirement.firmness or frozenset(FIRMNESS)
    return {
        view.pool_id: min(
            want.limit_micros
            if want.unit == DEVICES
            else want.limit_micros * view.gflops_per_device // GFLOPS_PER_PFLOPS,
            ANY_ASK,
        )
        for view in views
        if any(sieve.passes(view.places[word]) for word in firmness)
    }
