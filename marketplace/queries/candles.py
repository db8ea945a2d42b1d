"""Candles of a product: open, high, low, close and volume by hour or day of trading."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from exchange.window import day_start, delivery_day, floor_hour
from marketplace.domain.products import Product

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
USUAL_CANDLES = 48
MOST_CANDLES = 750

_SQL = """
SELECT date_trunc(%(step)s, t.traded_at, 'Asia/Shanghai') AS slot,
       (array_agg(t.price ORDER BY t.traded_at, t.id))[1], max(t.price), min(t.price),
       (array_agg(t.price ORDER BY t.traded_at DESC, t.id DESC))[1],
       sum(t.amount)::bigint, count(*)
FROM (
    SELECT tr.id, tr.traded_at,
           CASE WHEN %(by_compute)s
                THEN round(tr.price_micros::numeric * 1000000 / tr.gflops_per_device)::bigint
                ELSE tr.price_micros END AS price,
           tr.devices * (extract(epoch FROM tr.ends_at - tr.starts_at)::bigint / 3600)
           * CASE WHEN %(by_compute)s THEN tr.gflops_per_device ELSE 1 END AS amount
    FROM marketplace_trade tr JOIN marketplace_pool p ON p.id = tr.pool_id
    WHERE p.chip_id = ANY(%(chips)s) AND tr.traded_at >= %(since)s AND tr.traded_at <= %(now)s) t
GROUP BY slot ORDER BY slot
"""


@dataclass(frozen=True)
class Candle:
    """Trades of one step: prices in the product's unit, volume in device- or GFLOPS-hours."""

    starts_at: datetime
    open_micros: int
    high_micros: int
    low_micros: int
    close_micros: int
    volume: int
    trades: int


def candles_of(
    product: Product, *, step: str, now: datetime, most: int = USUAL_CANDLES
) -> list[Candle]:
    """Return the candles of the last `most` steps up to now; steps without a trade are absent.

    `step` is hour or day, of trading, in market time; days begin at midnight in Shanghai.
    """
    parameters: dict[str, Any] = {
        "step": step,
        "by_compute": product.by_compute,
        "chips": [chip.id for chip in product.chips],
        "since": first_step(step, now=now, most=most),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        return [Candle(*row) for row in cursor.fetchall()]


def first_step(step: str, *, now: datetime, most: int) -> datetime:
    """Return where the earliest of `most` steps begins, the present one among them."""
    present = floor_hour(now) if step == "hour" else day_start(delivery_day(now))
    return present - (most - 1) * STEPS[step]
