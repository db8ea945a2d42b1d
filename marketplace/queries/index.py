"""The VWAP index of a product. Its definition, in words, is in docs/market-data.md."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from exchange.units import BP, half_even_div
from marketplace.domain.products import Product

LOOK_BACK = timedelta(hours=24)
FEWEST_TRADES = 3

# Weighted by device-hours, or by GFLOPS-hours where the price is per PFLOPS-hour (then the
# value is scaled by the million GFLOPS of a PFLOPS).
_SQL = """
SELECT tr.traded_at > %(day)s AS today, count(*),
       sum(tr.value_micros)::numeric * CASE WHEN %(by_compute)s THEN 1000000 ELSE 1 END,
       sum(tr.devices * (extract(epoch FROM tr.ends_at - tr.starts_at)::bigint / 3600)
           * CASE WHEN %(by_compute)s THEN tr.gflops_per_device ELSE 1 END)::bigint
FROM marketplace_trade tr
JOIN marketplace_pool p ON p.id = tr.pool_id
JOIN marketplace_listing l ON l.id = tr.listing_id AND l.firmness = 'FIRM'
JOIN accounts_member b ON b.id = tr.buyer_id
JOIN accounts_member s ON s.id = tr.seller_id
WHERE p.chip_id = ANY(%(chips)s) AND tr.traded_at > %(before)s AND tr.traded_at <= %(now)s
  AND coalesce(nullif(b.beneficial_owner, ''), 'member:' || b.id)
      <> coalesce(nullif(s.beneficial_owner, ''), 'member:' || s.id)
GROUP BY today
"""


@dataclass(frozen=True)
class Index:
    """The product's index at an instant; no price where fewer than three trades count."""

    at: datetime
    price_micros: int | None
    trades: int
    volume: int
    change_bp: int | None


def index_of(product: Product, *, now: datetime) -> Index:
    """Return the index over the last 24 hours, and its change to that of a day before."""
    parameters: dict[str, Any] = {
        "by_compute": product.by_compute,
        "chips": [chip.id for chip in product.chips],
        "day": now - LOOK_BACK,
        "before": now - 2 * LOOK_BACK,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    none = (0, 0, 0)
    price, before = _price(*found.get(True, none)), _price(*found.get(False, none))
    change = half_even_div((price - before) * BP, before) if price and before else None
    trades, _value, volume = found.get(True, none)
    return Index(now, price, trades, volume, change)


def _price(trades: int, scaled_micros: int, volume: int) -> int | None:
    return half_even_div(int(scaled_micros), volume) if trades >= FEWEST_TRADES else None
