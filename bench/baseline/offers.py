"""Open listings as the pure book sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from bench.baseline.places import PoolView
from exchange.book import Offer
from exchange.window import hour_start

# No ask is higher (a constraint of the listing).
ANY_ASK = 10**12

# A listing is offered while its seller may trade, and neither seller nor chip is halted.
_SQL = """
SELECT l.id, l.arrival, l.pool_id, l.seller_id, l.ask_micros,
       extract(epoch FROM l.starts_at)::bigint / 3600, l.free,
       l.min_devices, l.min_hours, l.firmness,
       coalesce(nullif(m.beneficial_owner, ''), 'member:' || m.id) AS owner
FROM unnest(%(pools)s::bigint[], %(asks)s::bigint[]) AS wanted(pool_id, most_micros)
JOIN marketplace_listing l ON l.pool_id = wanted.pool_id AND l.ask_micros <= wanted.most_micros
JOIN accounts_member m ON m.id = l.seller_id AND m.state = 'ADMITTED'
JOIN marketplace_pool p ON p.id = l.pool_id
WHERE l.state = 'OPEN' AND l.ends_at > %(earliest)s AND l.starts_at < %(latest)s
  AND (%(listing)s::bigint IS NULL OR l.id = %(listing)s)
  AND NOT EXISTS (
    SELECT FROM marketplace_halt h WHERE h.resumed_at IS NULL AND (
      (h.scope = 'CHIP' AND h.subject_id = p.chip_id)
      OR (h.scope = 'MEMBER' AND h.subject_id = l.seller_id)))
ORDER BY l.ask_micros, l.arrival
"""


@dataclass(frozen=True)
class OpenListing:
    """An open listing's row, before an order's view is put on it."""

    id: int
    arrival: int
    pool_id: int
    seller_id: int
    ask_micros: int
    first_hour: int
    free: list[int]
    min_devices: int
    min_hours: int
    firmness: str
    owner: str

    def seen_by(self, view: PoolView, first_open: int) -> Offer:
        """Return the offer as an order sees it, without the hours whose gate has closed."""
        cut = max(first_open - self.first_hour, 0)
        return Offer(
            listing_id=self.id,
            arrival=self.arrival,
            owner=self.owner,
            ask_micros=self.ask_micros,
            first_hour=self.first_hour + cut,
            free=tuple(self.free[cut:]),
            gflops_per_device=view.gflops_per_device,
            place=view.places[self.firmness],
            devices_per_node=view.devices_per_node,
            min_devices=self.min_devices,
            min_hours=self.min_hours,
        )


def open_listings(
    most_micros: Mapping[int, int],
    *,
    first_hour: int,
    last_hour: int,
    listing_id: int | None = None,
) -> list[OpenListing]:
    """Return listings of pools with an hour inside [first, last), cheapest first.

    `most_micros` names the pools, and the highest ask of each that may matter.
    """
    parameters: dict[str, Any] = {
        "pools": list(most_micros),
        "asks": list(most_micros.values()),
        "earliest": hour_start(first_hour),
        "latest": hour_start(last_hour),
        "listing": listing_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        return [OpenListing(*row) for row in cursor.fetchall()]
