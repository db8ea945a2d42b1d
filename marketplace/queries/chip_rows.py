"""Chip models at a glance: what is on offer, from what price, and what was paid last."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from exchange.window import floor_hour
from marketplace.queries.board import AHEAD

_SQL = """
SELECT c.code, c.name, c.family, c.memory_gb, c.nominal_gflops,
       coalesce(o.free, 0), o.best, t.price_micros, t.traded_at
FROM marketplace_chipmodel c
LEFT JOIN LATERAL (
    SELECT sum(u.free)::bigint AS free, min(l.ask_micros) FILTER (WHERE u.free > 0) AS best
    FROM marketplace_pool p
    JOIN marketplace_listing l ON l.pool_id = p.id AND l.state = 'OPEN'
     AND l.starts_at < %(until)s AND l.ends_at > %(hour)s
    CROSS JOIN unnest(l.free) WITH ORDINALITY AS u(free, n)
    WHERE p.chip_id = c.id
      AND l.starts_at + (u.n - 1) * interval '1 hour' >= %(hour)s
      AND l.starts_at + (u.n - 1) * interval '1 hour' < %(until)s) o ON true
LEFT JOIN LATERAL (
    SELECT n.price_micros, n.traded_at
    FROM marketplace_pool p
    CROSS JOIN LATERAL (
        SELECT price_micros, traded_at, id FROM marketplace_trade WHERE pool_id = p.id
        ORDER BY traded_at DESC, id DESC LIMIT 1) n
    WHERE p.chip_id = c.id ORDER BY n.traded_at DESC, n.id DESC LIMIT 1) t ON true
WHERE o.free > 0 OR t.price_micros IS NOT NULL
ORDER BY 6 DESC, c.name
"""


@dataclass(frozen=True)
class ChipRow:
    """A chip model with its device-hours on offer in the next 24 hours; prices a device-hour."""

    code: str
    name: str
    family: str
    memory_gb: int
    nominal_gflops: int
    free_device_hours: int
    best_ask_micros: int | None
    last_micros: int | None
    traded_at: datetime | None


def chip_rows(now: datetime) -> list[ChipRow]:
    """Return the chip models that are on offer or have traded, the most on offer first."""
    hour = floor_hour(now)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"hour": hour, "until": hour + AHEAD})
        return [ChipRow(*row) for row in cursor.fetchall()]
