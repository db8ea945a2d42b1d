"""The seller's desk: what is idle, sold, delivered and to be paid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max, Sum

from billing.models import Payout, Settlement
from delivery.models import SealedUsage
from desk.domain.proposals import IdleHours
from exchange.units import BP, TICK_MICROS, ceil_div
from exchange.window import HOUR, ceil_hour, delivery_day, hour_of_day
from ledger.queries import funds_of
from marketplace.models import CapacityDay, Pool, Trade
from marketplace.queries.references import references_at
from timetable.queries import continuous_closes

LOOK_AHEAD_HOURS = 48
LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class SellerFigures:
    """The four figures on top of the desk; money in micros, shares in basis points."""

    idle_device_hours: int
    idle_worth_micros: int
    sold_device_hours: int
    sold_value_micros: int
    delivered_bp: int | None
    damages_micros: int
    payable_micros: int
    last_payout: Payout | None


def pools_of(member_id: int) -> list[Pool]:
    """Return the member's active pools with chip, site and zone."""
    pools = Pool.objects.filter(site__owner_id=member_id, active=True)
    return list(pools.select_related("chip", "site__zone").order_by("site__code", "code"))


def busiest(pools: Sequence[Pool], now: datetime) -> Pool:
    """Return the pool that has most contracted today, the first where none has anything."""
    rows = CapacityDay.objects.filter(pool__in=pools, day=delivery_day(now))
    sold = {row.pool_id: sum(row.contracted) for row in rows}
    return max(pools, key=lambda pool: sold.get(pool.pk, 0))


def idle_hours_of(pools: Sequence[Pool], now: datetime) -> list[IdleHours]:
    """Return what the capacity ledger has idle from the first tradable hour on.

    Devices that the site last reported as busy with its own work are not idle.
    """
    first = ceil_hour(now + continuous_closes(now))
    hours = [first + index * HOUR for index in range(LOOK_AHEAD_HOURS)]
    days = {delivery_day(hour) for hour in hours}
    rows = CapacityDay.objects.filter(pool__in=pools, day__in=days)
    by_cell = {(row.pool_id, row.day): row for row in rows}
    prices = references_at(now, [pool.chip_id for pool in pools])
    return [
        IdleHours(
            pool_id=pool.pk,
            first_hour=first,
            idle=tuple(
                _idle(pool, by_cell.get((pool.pk, delivery_day(hour))), hour) for hour in hours
            ),
            devices_per_node=pool.devices_per_node,
            price_micros=_on_tick(prices[pool.chip_id].price_micros)
            if pool.chip_id in prices
            else None,
        )
        for pool in pools
    ]


def _on_tick(price_micros: int) -> int:
    return ceil_div(price_micros, TICK_MICROS) * TICK_MICROS


def _idle(pool: Pool, row: CapacityDay | None, hour: datetime) -> int:
    if row is None:
        return max(0, pool.devices - pool.own_use_devices)
    slot = hour_of_day(hour)
    free = row.installed - row.in_orders[slot] - row.contracted[slot]
    return max(0, free - pool.own_use_devices)


def seller_figures(member_id: int, idle: Sequence[IdleHours], now: datetime) -> SellerFigures:
    """Return the desk's four figures."""
    tonight = [(sum(pool.idle[:24]), pool.price_micros or 0) for pool in idle]
    sold_hours, sold_value = _sold_on(member_id, now + timedelta(days=1))
    delivered, damages = _delivered(member_id, now)
    return SellerFigures(
        idle_device_hours=sum(hours for hours, _ in tonight),
        idle_worth_micros=sum(hours * price for hours, price in tonight),
        sold_device_hours=sold_hours,
        sold_value_micros=sold_value,
        delivered_bp=delivered,
        damages_micros=damages,
        payable_micros=funds_of(member_id).payable_micros,
        last_payout=Payout.objects.filter(member_id=member_id).order_by("-delivery_day").first(),
    )


def _sold_on(member_id: int, instant: datetime) -> tuple[int, int]:
    """Return device-hours and net value of the member's trades that fall on the day."""
    day = delivery_day(instant)
    rows = Trade.objects.filter(
        seller_id=member_id,
        starts_at__lt=instant + timedelta(days=1),
        ends_at__gt=instant - timedelta(days=1),
    ).values_list("devices", "starts_at", "ends_at", "price_micros")
    sold = value = 0
    for devices, starts_at, ends_at, price_micros in rows:
        total = int((ends_at - starts_at) / HOUR)
        hours = sum(delivery_day(starts_at + index * HOUR) == day for index in range(total))
        sold += devices * hours
        value += devices * hours * price_micros
    return sold, value


def _delivered(member_id: int, now: datetime) -> tuple[int | None, int]:
    """Return the delivered share of thirty days, by each hour's newest seal, and the damages."""
    sealed = SealedUsage.objects.filter(
        allocation__agreement__seller_id=member_id, hour_start__gt=now - LOOK_BACK
    )
    newest = sealed.values("allocation_id", "hour_start").annotate(last=Max("id")).values("last")
    sums = sealed.filter(pk__in=newest).aggregate(
        delivered=Sum("delivered_device_seconds"), contracted=Sum("contracted_device_seconds")
    )
    share = sums["delivered"] * BP // sums["contracted"] if sums["contracted"] else None
    owed = Settlement.objects.filter(
        agreement__seller_id=member_id, hour_start__gt=now - LOOK_BACK
    ).aggregate(total=Sum(F("damages_micros"), default=0))
    return share, int(owed["total"])
