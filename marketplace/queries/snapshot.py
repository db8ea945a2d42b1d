"""A product's depth by hour, its last trade, and the number of the last event they include.

One statement reads all of it, so that nothing happens between its parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from exchange.window import hour_start
from marketplace.domain.feed import PublicTrade, wanted
from marketplace.domain.levels import SELL, Levels, Run
from marketplace.domain.products import Product, Wish
from marketplace.queries.feed_rows import FACTOR, WISH
from marketplace.queries.products import product_of
from marketplace.queries.tape import LAST, trade_of

USUAL_HOURS = 48
MOST_HOURS = 24 * 14

_SQL = f"""
SELECT
  (SELECT coalesce(max(number), 0) FROM marketplace_marketevent),
  (SELECT at FROM marketplace_marketevent ORDER BY number DESC LIMIT 1),
  (SELECT json_agg(row_to_json(s)) FROM (
    SELECT l.ask_micros, coalesce(f.gflops_per_device, c.nominal_gflops) AS gflops,
           h.hour, sum(u.free) AS devices
    FROM marketplace_listing l
    JOIN marketplace_pool p ON p.id = l.pool_id
    JOIN marketplace_chipmodel c ON c.id = p.chip_id
    {FACTOR.replace("WHERE pool_id", "WHERE %(by_compute)s AND pool_id")}
    CROSS JOIN unnest(l.free) WITH ORDINALITY AS u(free, n)
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM l.starts_at)::bigint / 3600 + u.n - 1 AS hour) h
    WHERE l.state = 'OPEN' AND p.chip_id = ANY(%(chips)s) AND u.free > 0
      AND l.starts_at < %(until)s AND l.ends_at > %(since)s
      AND h.hour >= %(first)s AND h.hour < %(last)s
    GROUP BY 1, 2, 3) s),
  (SELECT json_agg(row_to_json(b)) FROM (
    SELECT {WISH} FROM marketplace_order o
    WHERE o.state IN ('OPEN', 'PARTLY_FILLED') AND o.time_in_force <> 'GFA'
      AND o.amount > o.filled AND o.earliest < %(until)s AND o.latest > %(since)s) b),
  (SELECT row_to_json(t) FROM ({LAST}) t)
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True)
class Snapshot:
    """The depth of a product in [first, first + hours) just after event `number`."""

    product: Product
    number: int
    at: datetime | None
    first_hour: int
    hours: int
    levels: tuple[Run, ...]
    last_trade: PublicTrade | None


def snapshot_of(product_code: str, *, first_hour: int, hours: int = USUAL_HOURS) -> Snapshot:
    """Return the product's snapshot; refuse an unknown product with UnknownCode."""
    product = product_of(product_code)
    until = first_hour + hours
    parameters: dict[str, Any] = {
        "by_compute": product.by_compute,
        "chips": [chip.id for chip in product.chips],
        "first": first_hour,
        "last": until,
        "since": hour_start(first_hour),
        "until": hour_start(until),
        "most": 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        number, at, sells, buys, last = cursor.fetchone() or (0, None, None, None, None)
    levels = Levels().add(_sells(product, row) for row in sells or ())
    for row in buys or ():
        levels.add(wanted(Wish.of(row), product, row["left_over"], row["limit_micros"]))
    return Snapshot(
        product=product,
        number=number,
        at=at,
        first_hour=first_hour,
        hours=hours,
        levels=tuple(levels.runs(first_hour, until)),
        last_trade=trade_of(last) if last else None,
    )


def _sells(product: Product, row: Mapping[str, Any]) -> Run:
    price, quantity = product.sell(row["ask_micros"], row["devices"], row["gflops"])
    return Run(SELL, price, row["hour"], 1, quantity)
