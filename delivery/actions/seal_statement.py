"""Seal hours of many allocations in one statement, by the rule of `metering.seal_hour`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from delivery.domain.metering import HOUR

# Hours as they usually are: four measured quarters in order, none corrected, none estimated.
_SEAL_WHOLE = """
WITH due AS (
  SELECT * FROM unnest(%(ids)s::bigint[], %(devices)s::bigint[], %(since)s::timestamptz[],
    %(until)s::timestamptz[]) AS d(id, devices, since, until)
), hours AS (
  SELECT d.id, d.devices, date_bin('1 hour', r.interval_start, 'epoch') AS hour_start,
    array_agg(LEAST(r.delivered_device_seconds, d.devices * 900) ORDER BY r.interval_start)
      AS amounts,
    (array_agg(r.hash ORDER BY r.interval_start))[4] AS last_hash
  FROM due d JOIN delivery_reading r ON r.allocation_id = d.id
    AND r.interval_start >= d.since AND r.interval_start < d.until
  GROUP BY d.id, d.devices, 3
  HAVING count(*) = 4 AND max(r.version) = 1 AND bool_and(r.quality = 'MEASURED')
    AND (array_agg(r.sequence ORDER BY r.interval_start))[4] = max(r.sequence)
)
INSERT INTO delivery_sealedusage (allocation_id, hour_start, run, contracted_device_seconds,
  delivered_device_seconds, quarter_device_seconds, estimated, estimated_intervals,
  last_reading_hash, sealed_at)
SELECT id, hour_start, %(run)s, devices * 3600,
  LEAST(amounts[1] + amounts[2] + amounts[3] + amounts[4], devices * 3600), amounts,
  '{f,f,f,f}', 0, last_hash, %(now)s
FROM hours
ON CONFLICT (allocation_id, hour_start, run) DO NOTHING
"""
# Any hour. The newest version of a quarter counts, at most what the devices can give. A single
# missing quarter between two of the same hour counts as the lower of the two, every other gap
# as nothing; gaps and a site's own estimates are marked.
_SEAL = """
WITH due AS (
  SELECT * FROM unnest(%(ids)s::bigint[], %(devices)s::bigint[], %(since)s::timestamptz[],
    %(until)s::timestamptz[]) AS d(id, devices, since, until)
), found AS (
  SELECT d.id, h.hour_start, r.version, r.sequence, r.hash, r.quality,
    extract(minute FROM r.interval_start AT TIME ZONE 'UTC')::int / 15 AS place,
    LEAST(r.delivered_device_seconds, d.devices * 900) AS amount,
    r.version = max(r.version) OVER (PARTITION BY d.id, r.interval_start) AS counts
  FROM due d JOIN delivery_reading r ON r.allocation_id = d.id
    AND r.interval_start >= d.since AND r.interval_start < d.until,
  LATERAL (SELECT date_trunc('hour', r.interval_start, 'UTC') AS hour_start) h
), hours AS (
  SELECT id, hour_start,
    max(amount) FILTER (WHERE counts AND place = 0) AS a0,
    max(amount) FILTER (WHERE counts AND place = 1) AS a1,
    max(amount) FILTER (WHERE counts AND place = 2) AS a2,
    max(amount) FILTER (WHERE counts AND place = 3) AS a3,
    bool_or(counts AND place = 0 AND quality = 'ESTIMATED') AS e0,
    bool_or(counts AND place = 1 AND quality = 'ESTIMATED') AS e1,
    bool_or(counts AND place = 2 AND quality = 'ESTIMATED') AS e2,
    bool_or(counts AND place = 3 AND quality = 'ESTIMATED') AS e3,
    (max(ARRAY[lpad(sequence::text, 12, '0'), hash]))[2] AS last_hash
  FROM found GROUP BY id, hour_start
), quarters AS (
  SELECT d.id, d.devices, g.hour_start, COALESCE(h.last_hash, '') AS last_hash,
    ARRAY[COALESCE(a0, 0), COALESCE(a1, CASE WHEN a0 IS NOT NULL AND a2 IS NOT NULL
        THEN LEAST(a0, a2) END, 0),
      COALESCE(a2, CASE WHEN a1 IS NOT NULL AND a3 IS NOT NULL THEN LEAST(a1, a3) END, 0),
      COALESCE(a3, 0)]::bigint[] AS amounts,
    ARRAY[COALESCE(e0, false) OR a0 IS NULL, COALESCE(e1, false) OR a1 IS NULL,
      COALESCE(e2, false) OR a2 IS NULL, COALESCE(e3, false) OR a3 IS NULL] AS estimated
  FROM due d CROSS JOIN LATERAL
    generate_series(d.since, d.until - interval '1 hour', interval '1 hour') AS g(hour_start)
  LEFT JOIN hours h ON h.id = d.id AND h.hour_start = g.hour_start
)
INSERT INTO delivery_sealedusage (allocation_id, hour_start, run, contracted_device_seconds,
  delivered_device_seconds, quarter_device_seconds, estimated, estimated_intervals,
  last_reading_hash, sealed_at)
SELECT id, hour_start, %(run)s, devices * 3600,
  LEAST(amounts[1] + amounts[2] + amounts[3] + amounts[4], devices * 3600), amounts, estimated,
  estimated[1]::int + estimated[2]::int + estimated[3]::int + estimated[4]::int,
  last_hash, %(now)s
FROM quarters ORDER BY id, hour_start
ON CONFLICT (allocation_id, hour_start, run) DO NOTHING
"""
_MOVE = """
UPDATE delivery_allocation a SET sealed_until = d.until
FROM unnest(%(ids)s::bigint[], %(until)s::timestamptz[]) AS d(id, until) WHERE a.id = d.id
"""


@dataclass(frozen=True)
class DueHours:
    """The whole hours of one locked allocation from `since` up to `until`, not empty."""

    allocation_id: int
    devices: int
    since: datetime
    until: datetime


def seal_together(due: Sequence[DueHours], *, run: str, now: datetime) -> None:
    """Seal all hours of the allocations for a run; what is sealed stays as it is."""
    if not due:
        return
    facts: dict[str, Any] = {
        "ids": [one.allocation_id for one in due],
        "devices": [one.devices for one in due],
        "since": [one.since for one in due],
        "until": [one.until for one in due],
        "run": run,
        "now": now,
    }
    hours = sum((one.until - one.since) // HOUR for one in due)
    with connection.cursor() as cursor:
        cursor.execute(_SEAL_WHOLE, facts)
        if cursor.rowcount < hours:
            cursor.execute(_SEAL, facts)
        cursor.execute(_MOVE, facts)
