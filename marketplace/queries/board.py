"""The Market page's figures: what is offered, sold, asked and paid, in a few statements.

Accelerators only: CPU slots are rated in FP32, and FP16 and FP32 are never added.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from exchange.window import floor_hour
from marketplace.domain.board import Paid, PoolRow
from marketplace.models import Trade

AHEAD = timedelta(hours=24)

_POOLS = """
SELECT z.code, z.name, z.name_zh, z.kind = 'CLUSTER', z.province, s.id, p.devices,
       coalesce(o.free_dh, 0), coalesce(o.free_dh, 0) * g.gflops, coalesce(o.asked, 0),
       coalesce(t.sold_dh, 0), r.rtt_us
FROM marketplace_pool p
JOIN marketplace_site s ON s.id = p.site_id AND s.active
JOIN marketplace_zone z ON z.id = s.zone_id
JOIN marketplace_chipmodel c ON c.id = p.chip_id
LEFT JOIN LATERAL (
    SELECT gflops_per_device FROM marketplace_conversionfactor
    WHERE pool_id = p.id AND workload_class = 'TRAINING'
      AND measured_at <= %(now)s AND valid_until > %(now)s
    ORDER BY array_position(ARRAY['LABORATORY', 'MEASURED', 'NOMINAL'], method::text),
             measured_at DESC, id DESC LIMIT 1) f ON true
CROSS JOIN LATERAL (SELECT coalesce(f.gflops_per_device, c.nominal_gflops) AS gflops) g
LEFT JOIN LATERAL (
    SELECT sum(u.free)::bigint AS free_dh, sum(u.free * l.ask_micros)::bigint AS asked
    FROM marketplace_listing l, unnest(l.free) WITH ORDINALITY AS u(free, n)
    WHERE l.pool_id = p.id AND l.state = 'OPEN' AND l.starts_at < %(until)s
      AND l.ends_at > %(hour)s
      AND l.starts_at + (u.n - 1) * interval '1 hour' >= %(hour)s
      AND l.starts_at + (u.n - 1) * interval '1 hour' < %(until)s) o ON true
LEFT JOIN LATERAL (
    SELECT sum(devices * extract(epoch FROM least(ends_at, %(until)s)
               - greatest(starts_at, %(hour)s)) / 3600)::bigint AS sold_dh
    FROM marketplace_trade
    WHERE pool_id = p.id AND starts_at < %(until)s AND ends_at > %(hour)s) t ON true
LEFT JOIN LATERAL (
    SELECT rtt_us FROM marketplace_networkmeasurement
    WHERE site_id = s.id AND city_id = %(city)s AND measured_at <= %(now)s
    ORDER BY measured_at DESC, id DESC LIMIT 1) r ON true
WHERE p.active AND c.family <> 'cpu'
"""

_PRICES = """
SELECT date_bin(%(step)s, traded_at, %(since)s) AS slot,
       round(sum(value_micros) * 1000000
             / sum(devices * extract(epoch FROM ends_at - starts_at) / 3600 * gflops_per_device)
       )::bigint
FROM marketplace_trade
WHERE traded_at >= %(since)s AND traded_at <= %(now)s
  AND pool_id IN (
      SELECT p.id FROM marketplace_pool p JOIN marketplace_chipmodel c ON c.id = p.chip_id
      WHERE c.family <> 'cpu'
        AND (%(sites)s::bigint[] IS NULL OR p.site_id = ANY(%(sites)s)))
GROUP BY slot ORDER BY slot
"""

_PAID = """
SELECT z.code, tr.traded_at >= %(day)s AS today, sum(tr.value_micros)::bigint,
       sum(tr.devices * extract(epoch FROM tr.ends_at - tr.starts_at) / 3600
           * tr.gflops_per_device)::bigint
FROM marketplace_trade tr
JOIN marketplace_pool p ON p.id = tr.pool_id
JOIN marketplace_chipmodel c ON c.id = p.chip_id AND c.family <> 'cpu'
JOIN marketplace_site s ON s.id = p.site_id
JOIN marketplace_zone z ON z.id = s.zone_id
WHERE tr.traded_at > %(before)s AND tr.traded_at <= %(now)s
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Turnover:
    """What was traded since an instant."""

    value_micros: int
    trades: int
    sites: int


def pool_rows(now: datetime, city_id: int | None) -> list[PoolRow]:
    """Return every active pool of accelerators with what it offers in the next 24 hours."""
    hour = floor_hour(now)
    with connection.cursor() as cursor:
        cursor.execute(_POOLS, {"now": now, "hour": hour, "until": hour + AHEAD, "city": city_id})
        return [PoolRow(*row) for row in cursor.fetchall()]


def turnover_since(since: datetime, now: datetime) -> Turnover:
    """Return the value, number and sites of trades in a stretch of time."""
    sums = Trade.objects.filter(traded_at__gte=since, traded_at__lte=now).aggregate(
        value=Sum("value_micros"), number=Count("id"), sites=Count("pool__site", distinct=True)
    )
    return Turnover(sums["value"] or 0, sums["number"], sums["sites"])


def paid_rows(now: datetime) -> list[Paid]:
    """Return what was paid by zone in the last 24 hours and in the 24 before."""
    with connection.cursor() as cursor:
        cursor.execute(_PAID, {"now": now, "day": now - AHEAD, "before": now - 2 * AHEAD})
        return [Paid(*row) for row in cursor.fetchall()]


def price_series(
    *, since: datetime, now: datetime, step: timedelta, sites: list[int] | None = None
) -> list[tuple[datetime, int]]:
    """Return the mean price per PFLOPS-hour of the trades of each step; steps without are absent.

    `sites` narrows it to pools of those sites.
    """
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"step": step, "since": since, "now": now, "sites": sites}
        cursor.execute(_PRICES, parameters)
        return [(slot, int(price)) for slot, price in cursor.fetchall()]
