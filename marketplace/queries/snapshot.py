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

# What is free at one ask and compute, hour by hour; equal hours that follow each other are one run.
_SELLS = f"""
SELECT ask_micros, gflops, devices, min(hour) AS first_hour, count(*) AS hours
FROM (
    SELECT g.ask_micros, g.gflops, h.hour, sum(u.free) AS devices,
           h.hour - row_number() OVER (
               PARTITION BY g.ask_micros, g.gflops, sum(u.free) ORDER BY h.hour) AS island
    FROM (
        SELECT l.ask_micros, coalesce(f.gflops_per_device, c.nominal_gflops) AS gflops,
               extract(epoch FROM l.starts_at)::bigint / 3600 AS first_hour, l.free
        FROM marketplace_listing l
        JOIN marketplace_pool p ON p.id = l.pool_id
        JOIN marketplace_chipmodel c ON c.id = p.chip_id
        {FACTOR.replace("WHERE pool_id", "WHERE %(by_compute)s AND pool_id")}
        WHERE l.state = 'OPEN' AND p.chip_id = ANY(%(chips)s)
          AND l.starts_at < %(until)s AND l.ends_at > %(since)s
    ) g
    CROSS JOIN unnest(g.free[
        greatest(%(first)s - g.first_hour, 0) + 1 : %(last)s - g.first_hour
    ]) WITH ORDINALITY AS u(free, n)
    CROSS JOIN LATERAL (SELECT greatest(%(first)s, g.first_hour) + u.n - 1 AS hour) h
    WHERE u.free > 0
    GROUP BY g.ask_micros, g.gflops, h.hour
) hours
GROUP BY ask_micros, gflops, devices, island
"""  # noqa: S608 - put together from constants
_SQL = f"""
SELECT
  (SELECT coalesce(max(number), 0) FROM marketplace_marketevent),
  (SELECT at FROM marketplace_marketevent ORDER BY number DESC LIMIT 1),
  (SELECT json_agg(row_to_json(s)) FROM ({_SELLS}) s),
  (SELECT json_agg(row_to_json(b)) FROM (
    SELECT {WISH} FROM marketplace_order o
    WHERE o.state IN ('OPEN', 'PARTLY_FILLED') AND o.time_in_force <> 'GFA'
      AND o.amount > o.filled AND o.earliest < %(until)s AND o.latest > %(since)s) b),
  (SELECT json_agg(row_to_json(t)) FROM ({LAST}) t)
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
    tape: tuple[PublicTrade, ...]

    @property
    def last_trade(self) -> PublicTrade | None:
        """Return the newest trade that the snapshot includes."""
        return self.tape[0] if self.tape else None


def snapshot_of(product_code: str, *, first_hour: int, hours: int = USUAL_HOURS) -> Snapshot:
    """Return the product's snapshot; refuse an unknown product with UnknownCode."""
    return snapshot_for(product_of(product_code), first_hour=first_hour, hours=hours)


def snapshot_for(product: Product, *, first_hour: int, hours: int, trades: int = 1) -> Snapshot:
    """Return the snapshot of a product that is known already, with its newest trades."""
    until = first_hour + hours
    parameters: dict[str, Any] = {
        "by_compute": product.by_compute,
        "chips": [chip.id for chip in product.chips],
        "first": first_hour,
        "last": until,
        "since": hour_start(first_hour),
        "until": hour_start(until),
        "most": trades,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        number, at, sells, buys, tape = cursor.fetchone() or (0, None, None, None, None)
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
        tape=tuple(trade_of(row) for row in tape or ()),
    )


def _sells(product: Product, row: Mapping[str, Any]) -> Run:
    price, quantity = product.sell(row["ask_micros"], row["devices"], row["gflops"])
    return Run(SELL, price, row["first_hour"], row["hours"], quantity)
