"""Open listings as the pure book sees them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from exchange.book import Offer
from exchange.units import SECONDS_PER_HOUR
from exchange.window import hour_number, hour_start
from marketplace.queries.places import PoolView

# A listing is offered while its seller may trade, and neither seller nor chip is halted.
_SQL = """
SELECT l.id, l.arrival, l.pool_id, l.seller_id, l.ask_micros, l.starts_at, l.free,
       l.min_devices, l.min_hours, l.firmness,
       coalesce(nullif(m.beneficial_owner, ''), 'member:' || m.id) AS owner
FROM marketplace_listing l
JOIN accounts_member m ON m.id = l.seller_id AND m.state = 'ADMITTED'
JOIN marketplace_pool p ON p.id = l.pool_id
WHERE l.state = 'OPEN' AND l.pool_id = ANY(%(pools)s)
  AND l.ends_at > %(earliest)s AND l.starts_at < %(latest)s
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
    starts_at: datetime
    free: list[int]
    min_devices: int
    min_hours: int
    firmness: str
    owner: str

    def seen_by(self, view: PoolView, first_open: int) -> Offer:
        """Return the offer as an order sees it, without the hours whose gate has closed."""
        first = hour_number(self.starts_at)
        cut = max(first_open - first, 0)
        return Offer(
            listing_id=self.id,
            arrival=self.arrival,
            owner=self.owner,
            ask_micros=self.ask_micros,
            first_hour=first + cut,
            free=tuple(self.free[cut:]),
            gflops_per_device=view.gflops_per_device,
            place=view.place(self.firmness),
            devices_per_node=view.devices_per_node,
            min_devices=self.min_devices,
            min_hours=self.min_hours,
        )


def open_listings(
    pools: Iterable[int], *, first_hour: int, last_hour: int, listing_id: int | None = None
) -> list[OpenListing]:
    """Return listings of the pools with an hour inside [first, last), cheapest first."""
    parameters: dict[str, Any] = {
        "pools": list(pools),
        "earliest": hour_start(first_hour),
        "latest": hour_start(last_hour),
        "listing": listing_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        return [OpenListing(*row) for row in cursor.fetchall()]


def hours_between(starts_at: datetime, ends_at: datetime) -> int:
    """Return the whole hours of a window."""
    return int((ends_at - starts_at) / timedelta(seconds=SECONDS_PER_HOUR))
