"""The market at a glance: four figures, and a row for each zone and province."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Min

from exchange.units import BP, GFLOPS_PER_PFLOPS, half_even_div
from exchange.window import HOUR, delivery_day, floor_hour, hour_of_day
from marketplace.models import CapacityDay, NetworkMeasurement, Pool, Zone

_TRADED = """
SELECT coalesce(sum(value_micros), 0), coalesce(sum(t.devices * hours), 0),
       coalesce(sum(value_micros) FILTER (WHERE c.family <> 'cpu'), 0),
       coalesce(sum(t.devices * hours * gflops_per_device) FILTER (WHERE c.family <> 'cpu'), 0),
       count(*)
FROM marketplace_trade t
JOIN marketplace_pool p ON p.id = t.pool_id
JOIN marketplace_chipmodel c ON c.id = p.chip_id
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM ends_at - starts_at)::bigint / 3600 AS hours) h
WHERE traded_at > %s AND traded_at <= %s
"""
_ASKS = """
SELECT z.id, round(min(l.ask_micros::numeric * 1000000 / coalesce(f.gflops, c.nominal_gflops)))
FROM marketplace_listing l
JOIN marketplace_pool p ON p.id = l.pool_id
JOIN marketplace_chipmodel c ON c.id = p.chip_id
JOIN marketplace_site s ON s.id = p.site_id
JOIN marketplace_zone z ON z.id = s.zone_id
LEFT JOIN LATERAL (
    SELECT gflops_per_device AS gflops FROM marketplace_conversionfactor
    WHERE pool_id = p.id AND workload_class = 'TRAINING' AND measured_at <= %(now)s
      AND valid_until > %(now)s
    ORDER BY array_position(ARRAY['LABORATORY', 'MEASURED', 'NOMINAL'], method::text),
             measured_at DESC LIMIT 1) f ON true
WHERE l.state = 'OPEN' AND l.ends_at > %(now)s AND c.family <> 'cpu'
GROUP BY z.id
"""


@dataclass(frozen=True)
class ZoneRow:
    """One zone: devices now, what is free in the next 24 hours, cheapest ask, network."""

    code: str
    name: str
    name_zh: str
    province: str
    province_name: str
    province_zh: str
    side: str
    kind: str
    tile_column: int
    tile_row: int
    sites: int
    installed_devices: int
    idle_devices: int
    contracted_devices: int
    free_next_24h_device_hours: int
    contracted_next_24h_device_hours: int
    price_micros_per_pflops_hour: int | None
    contracted_bp: int
    best_rtt_us: int | None
    best_city: str
    best_city_zh: str


@dataclass(frozen=True)
class MarketOverview:
    """The market page's figures. The index is weighted by volume over the last 24 hours.

    It is of accelerators only: CPU slots are rated in FP32, which FP16 is never added to.
    """

    installed_devices: int
    idle_devices: int
    index_micros_per_pflops_hour: int | None
    index_before_micros: int | None
    free_next_24h_device_hours: int
    traded_last_24h_device_hours: int
    traded_last_24h_micros: int
    trades_last_24h: int
    zones: tuple[ZoneRow, ...]


@dataclass(frozen=True)
class _Traded:
    value_micros: int
    device_hours: int
    index_value_micros: int
    index_gflops_hours: int
    trades: int


@dataclass
class _Sums:
    installed: int = 0
    in_orders_now: int = 0
    contracted_now: int = 0
    free_24h: int = 0
    contracted_24h: int = 0


def installed_now() -> int:
    """Return the devices of all active pools."""
    return sum(
        Pool.objects.filter(active=True, site__active=True).values_list("devices", flat=True)
    )


def market_overview(now: datetime) -> MarketOverview:
    """Return the market's figures at a market instant; seven statements."""
    today = _traded(now - timedelta(days=1), now)
    before = _traded(now - timedelta(days=2), now - timedelta(days=1))
    zones = _zone_rows(now)
    return MarketOverview(
        installed_devices=sum(row.installed_devices for row in zones),
        idle_devices=sum(row.idle_devices for row in zones),
        index_micros_per_pflops_hour=_index(today),
        index_before_micros=_index(before),
        free_next_24h_device_hours=sum(row.free_next_24h_device_hours for row in zones),
        traded_last_24h_device_hours=today.device_hours,
        traded_last_24h_micros=today.value_micros,
        trades_last_24h=today.trades,
        zones=zones,
    )


def _traded(since: datetime, until: datetime) -> _Traded:
    with connection.cursor() as cursor:
        cursor.execute(_TRADED, [since, until])
        return _Traded(*(int(figure) for figure in cursor.fetchone()))


def _index(traded: _Traded) -> int | None:
    if not traded.index_gflops_hours:
        return None
    return half_even_div(traded.index_value_micros * GFLOPS_PER_PFLOPS, traded.index_gflops_hours)


def _zone_rows(now: datetime) -> tuple[ZoneRow, ...]:
    pools = list(
        Pool.objects.filter(active=True, site__active=True).values_list(
            "pk", "devices", "site_id", "site__zone_id"
        )
    )
    sums: dict[int, _Sums] = defaultdict(_Sums)
    sites: dict[int, set[int]] = defaultdict(set)
    zone_of = {}
    for pool_id, devices, site_id, zone_id in pools:
        sums[zone_id].installed += devices
        sites[zone_id].add(site_id)
        zone_of[pool_id] = zone_id
    _add_capacity(sums, zone_of, now)
    asks, rtts = _asks(now), _best_rtts()
    return tuple(
        _row(zone, sums[zone.pk], len(sites[zone.pk]), asks.get(zone.pk), rtts.get(zone.pk))
        for zone in Zone.objects.order_by("code")
    )


def _add_capacity(sums: dict[int, _Sums], zone_of: dict[int, int], now: datetime) -> None:
    """Add the 24 hours from now on, which touch two delivery days."""
    start = floor_hour(now)
    slots: dict[date, list[int]] = defaultdict(list)
    for index in range(24):
        hour = start + index * HOUR
        slots[delivery_day(hour)].append(hour_of_day(hour))
    today, slot_now = delivery_day(start), hour_of_day(start)
    rows = CapacityDay.objects.filter(day__in=slots, pool_id__in=zone_of)
    for pool_id, day, in_orders, contracted in rows.values_list(
        "pool_id", "day", "in_orders", "contracted"
    ):
        total = sums[zone_of[pool_id]]
        total.free_24h += sum(in_orders[slot] for slot in slots[day])
        total.contracted_24h += sum(contracted[slot] for slot in slots[day])
        if day == today:
            total.in_orders_now += in_orders[slot_now]
            total.contracted_now += contracted[slot_now]


def _asks(now: datetime) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_ASKS, {"now": now})
        return {zone_id: int(price) for zone_id, price in cursor.fetchall()}


def _best_rtts() -> dict[int, tuple[int, str, str]]:
    rows = (
        NetworkMeasurement.objects.order_by()
        .values("site__zone_id", "city__name", "city__name_zh")
        .annotate(best=Min("rtt_us"))
    )
    best: dict[int, tuple[int, str, str]] = {}
    for row in rows:
        found = (row["best"], row["city__name"], row["city__name_zh"])
        zone_id = row["site__zone_id"]
        best[zone_id] = min(best.get(zone_id, found), found)
    return best


def _row(
    zone: Zone, sums: _Sums, sites: int, ask: int | None, rtt: tuple[int, str, str] | None
) -> ZoneRow:
    return ZoneRow(
        code=zone.code,
        name=zone.name,
        name_zh=zone.name_zh,
        province=zone.province,
        province_name=zone.province_name,
        province_zh=zone.province_zh,
        side=zone.side,
        kind=zone.kind,
        tile_column=zone.tile_column,
        tile_row=zone.tile_row,
        sites=sites,
        installed_devices=sums.installed,
        idle_devices=sums.installed - sums.contracted_now,
        contracted_devices=sums.contracted_now,
        free_next_24h_device_hours=sums.free_24h,
        contracted_next_24h_device_hours=sums.contracted_24h,
        price_micros_per_pflops_hour=ask,
        contracted_bp=sums.contracted_now * BP // sums.installed if sums.installed else 0,
        best_rtt_us=rtt[0] if rtt else None,
        best_city=rtt[1] if rtt else "",
        best_city_zh=rtt[2] if rtt else "",
    )
