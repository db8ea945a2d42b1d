"""What has traded: series, last trades, volume-weighted prices. Never a member's name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from exchange.grade import grade_of
from exchange.price import per_pflops_hour
from marketplace.models import Trade

LAST_TRADES_OF_A_REFERENCE = 50

_SERIES = """
SELECT date_trunc(%(step)s, t.traded_at) AS at,
       round(sum(t.value_micros) * 1000000 / sum(hours * t.devices * t.gflops_per_device)),
       round(min(t.price_micros::numeric * 1000000 / t.gflops_per_device)),
       round(max(t.price_micros::numeric * 1000000 / t.gflops_per_device)),
       sum(hours * t.devices)
FROM marketplace_trade t
JOIN marketplace_pool p ON p.id = t.pool_id
JOIN marketplace_chipmodel c ON c.id = p.chip_id
CROSS JOIN LATERAL (SELECT extract(epoch FROM t.ends_at - t.starts_at) / 3600 AS hours) h
WHERE t.traded_at > %(since)s AND t.traded_at <= %(now)s
  AND (c.code = %(chip)s OR %(chip)s = '' AND c.family <> 'cpu')
GROUP BY 1 ORDER BY 1
"""

_WEIGHTED = """
SELECT c.id, round(sum(price_micros * weight) / sum(weight) / 10000) * 10000
FROM marketplace_chipmodel c
CROSS JOIN LATERAL (
    SELECT t.price_micros,
           t.devices * extract(epoch FROM t.ends_at - t.starts_at)::bigint AS weight
    FROM marketplace_trade t JOIN marketplace_pool p ON p.id = t.pool_id
    WHERE p.chip_id = c.id AND t.traded_at > %s AND t.traded_at <= %s
    ORDER BY t.id DESC LIMIT %s) AS last
GROUP BY c.id ORDER BY c.id
"""


@dataclass(frozen=True)
class PricePoint:
    """Trades of one hour or day: prices per PFLOPS-hour, and device-hours."""

    at: datetime
    price_micros: int
    low_micros: int
    high_micros: int
    device_hours: int


@dataclass(frozen=True)
class LastTrade:
    """A trade as the market shows it."""

    trade_id: int
    traded_at: datetime
    chip: str
    chip_code: str
    grade: str
    zone: str
    zone_name: str
    zone_name_zh: str
    devices: int
    starts_at: datetime
    ends_at: datetime
    price_micros: int
    price_micros_per_pflops_hour: int


def price_series(
    days: int, *, now: datetime, chip_code: str = "", step: str = "hour"
) -> list[PricePoint]:
    """Return volume-weighted prices of the last days by `hour` or `day` of trading.

    Without a chip model: of accelerators, since FP16 and FP32 are never added.
    """
    parameters: dict[str, Any] = {
        "step": step,
        "since": now - timedelta(days=days),
        "now": now,
        "chip": chip_code,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, parameters)
        return [PricePoint(row[0], *(int(figure) for figure in row[1:])) for row in cursor]


def last_trades(limit: int = 20) -> list[LastTrade]:
    """Return the newest trades of the market, without members."""
    rows = Trade.objects.select_related("pool__chip", "pool__site__zone").order_by("-id")
    return [_shown(trade) for trade in rows[:limit]]


def _shown(trade: Trade) -> LastTrade:
    chip, zone = trade.pool.chip, trade.pool.site.zone
    return LastTrade(
        trade_id=trade.pk,
        traded_at=trade.traded_at,
        chip=chip.name,
        chip_code=chip.code,
        grade=grade_of(
            stack=chip.stack,
            memory_gb=chip.memory_gb,
            scale_up_gbs=trade.pool.scale_up_gbs,
            scale_out_gbps=trade.pool.scale_out_gbps,
        ),
        zone=zone.code,
        zone_name=zone.name,
        zone_name_zh=zone.name_zh,
        devices=trade.devices,
        starts_at=trade.starts_at,
        ends_at=trade.ends_at,
        price_micros=trade.price_micros,
        price_micros_per_pflops_hour=per_pflops_hour(trade.price_micros, trade.gflops_per_device),
    )


def weighted_prices(*, since: datetime, until: datetime) -> dict[int, int]:
    """Return each chip's price, weighted by volume over its last trades, on the tick."""
    with connection.cursor() as cursor:
        cursor.execute(_WEIGHTED, [since, until, LAST_TRADES_OF_A_REFERENCE])
        return {chip_id: int(price) for chip_id, price in cursor.fetchall() if price > 0}
