"""Resting orders as the pure book sees them."""

from datetime import datetime
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum

from exchange.book import Want
from exchange.price import net_of
from exchange.requirement import Requirement
from exchange.window import ceil_hour, floor_hour, hour_number
from marketplace.models import Halt, Order

OPEN_STATES = ("OPEN", "PARTLY_FILLED")


def open_orders(*, every_state: bool = False) -> "QuerySet[Order]":
    """Return open orders (or all) with what their trades have taken."""
    orders = Order.objects.all() if every_state else Order.objects.filter(state__in=OPEN_STATES)
    return orders.annotate(
        spent_micros=Sum("trades__held_micros"), fixed_start=Min("trades__starts_at")
    )


def resting_orders(
    *, starts_at: datetime, ends_at: datetime, firmness: str, stack: str, now: datetime
) -> list[Order]:
    """Return open orders that a listing of that window might meet, oldest first."""
    halted = Halt.objects.filter(resumed_at=None, scope="MEMBER").values("subject_id")
    return list(
        open_orders()
        .filter(
            Q(expires_at=None) | Q(expires_at__gt=now),
            Q(stack="") | Q(stack=stack),
            earliest__lt=ends_at,
            latest__gt=starts_at,
            firmness__contains=[firmness],
            buyer__state="ADMITTED",
        )
        .exclude(buyer_id__in=halted)
        .select_related("buyer")
        .order_by("arrival")
    )


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
        move_gb=order.move_gb,
        firmness=frozenset(order.firmness),
        zones_allowed=frozenset(order.zones_allowed),
        max_pue_thousandths=order.max_pue_thousandths,
        max_carbon_g_per_kwh=order.max_carbon_g_per_kwh,
    )
