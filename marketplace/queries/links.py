"""Carriers' links as the pure book sees them, and as their carriers do."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from exchange.book import LinkOffer
from marketplace.queries.facts import auctioned_gbps, sold_of_links

# A link is offered while its carrier may trade and is not halted.
_SQL = """
SELECT z.code, l.id, l.carrier_id, l.capacity_gbps, l.price_micros_per_gbps_hour,
       l.price_micros_per_gb, l.rtt_us,
       coalesce(nullif(m.beneficial_owner, ''), 'member:' || m.id)
FROM marketplace_carrierlink l
JOIN marketplace_zone z ON z.id = l.zone_id
JOIN accounts_member m ON m.id = l.carrier_id AND m.state = 'ADMITTED'
     AND 'CARRIER' = ANY(m.capabilities)
WHERE l.city_id = %(city)s AND l.active
  AND NOT EXISTS (SELECT FROM marketplace_halt h WHERE h.resumed_at IS NULL
                  AND h.scope = 'MEMBER' AND h.subject_id = l.carrier_id)
ORDER BY l.id
"""


@dataclass(frozen=True)
class OfferedLinks:
    """Links to one city, by the code of their zone, and who stands behind their carriers."""

    by_zone: dict[str, list[LinkOffer]]
    owners: dict[int, str]

    def for_order(self, zone: str, *, max_rtt_us: int | None, owner: str) -> tuple[LinkOffer, ...]:
        """Return those of a zone that may serve an order: near enough, and not its own."""
        return tuple(
            link
            for link in self.by_zone.get(zone, ())
            if (max_rtt_us is None or link.rtt_us <= max_rtt_us)
            and self.owners[link.link_id] != owner
        )


NO_LINKS = OfferedLinks({}, {})


def offered_links(city_id: int | None, now: datetime) -> OfferedLinks:
    """Return the links to a city that are offered now, with what is sold or in auctions by hour."""
    if city_id is None:
        return NO_LINKS
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"city": city_id})
        rows = cursor.fetchall()
    sold = sold_of_links(now) if rows else {}
    for link_id, hours in (auctioned_gbps(now) if rows else {}).items():
        taken = sold.setdefault(link_id, {})
        taken.update({hour: taken.get(hour, 0) + gbps for hour, gbps in hours})
    found = OfferedLinks({}, {})
    for zone, pk, carrier_id, gbps, by_hour, by_gb, rtt_us, owner in rows:
        found.by_zone.setdefault(zone, []).append(
            LinkOffer(
                link_id=pk,
                carrier_id=carrier_id,
                gbps=gbps,
                price_micros_per_gbps_hour=by_hour,
                price_micros_per_gb=by_gb,
                rtt_us=rtt_us,
                sold=sold.get(pk, {}),
            )
        )
        found.owners[pk] = owner
    return found
