"""What must always be true of links in call auctions. Each query returns one row a violation."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from exchange.invariant import Invariant
from marketplace.queries.slots import DAY_AND_SLOT, HOURS_IN_AUCTION, differing_slots

# Gbit/s of links that stand in a frozen book, and of what was sold of them and awaits its trade,
# by link, day and slot.
_STANDING = f"""
SELECT link_id, {DAY_AND_SLOT}, sum(o.gbps) AS gbps
FROM (SELECT k.auction_id, k.link_id, k.first_hour, k.hours, k.gbps
      FROM marketplace_auctionlink k
      JOIN marketplace_auction a ON a.id = k.auction_id AND a.state = 'CLEARING'
      UNION ALL
      SELECT k.auction_id, k.link_id, w.first_hour, w.hours, w.gbps
      FROM marketplace_auctionlinkaward w JOIN marketplace_auctionlink k ON k.id = w.offered_id
      WHERE w.link_trade_id IS NULL AND w.lapsed_at IS NULL AND w.gbps > 0) o
{HOURS_IN_AUCTION}
GROUP BY 1, 2, 3
"""

AUCTION_LINK_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "M-AUCTION-08",
        "Gbit/s in auctions are those of links in frozen books and of awards that wait.",
        differing_slots("link_id", "marketplace_linkday", "in_auctions_gbps", "gbps", _STANDING),
    ),
    Invariant(
        "M-AUCTION-09",
        "A link's award lies in its devices' award and in its link's hours, and says what its link"
        " trade says.",
        """SELECT w.id FROM marketplace_auctionlinkaward w
           JOIN marketplace_auctionaward d ON d.id = w.award_id
           JOIN marketplace_auctionlink k ON k.id = w.offered_id
           JOIN marketplace_auction a ON a.id = k.auction_id
           LEFT JOIN marketplace_linktrade t ON t.id = w.link_trade_id
           WHERE d.auction_id <> k.auction_id
              OR w.first_hour < d.first_hour OR w.first_hour + w.hours > d.first_hour + d.hours
              OR (w.gbps > 0 AND (w.first_hour < k.first_hour
                                  OR w.first_hour + w.hours > k.first_hour + k.hours))
              OR w.price_micros_per_gbps_hour < k.price_micros_per_gbps_hour
              OR w.price_micros_per_gb < k.price_micros_per_gb
              OR w.value_micros <> w.gbps::numeric * w.hours * w.price_micros_per_gbps_hour
                                   + w.gb * w.price_micros_per_gb
              OR (w.link_trade_id IS NULL) <> (d.trade_id IS NULL)
              OR (w.lapsed_at IS NULL) <> (d.lapsed_at IS NULL)
              OR (w.link_trade_id IS NOT NULL AND (
                  t.trade_id, t.link_id, t.gbps, t.gb, t.value_micros, t.starts_at, t.ends_at)
                  IS DISTINCT FROM (
                  d.trade_id, k.link_id, w.gbps, w.gb, w.value_micros,
                  a.starts_at + w.first_hour * interval '1 hour',
                  a.starts_at + (w.first_hour + w.hours) * interval '1 hour'))""",
    ),
    Invariant(
        "M-AUCTION-10",
        "In each of its hours an order that executes is carried what its bid asks, and it pays for"
        " that what the outcome says.",
        """SELECT o.id FROM marketplace_auctionorder o
           CROSS JOIN LATERAL (SELECT o.bids->(o.result->>'alternative')::int AS bid) b
           CROSS JOIN LATERAL (
               SELECT coalesce((bid->>'link_gbps')::int, 0) AS gbps,
                      coalesce((bid->>'move_gb')::bigint, 0) AS gb) asked
           LEFT JOIN LATERAL (
               SELECT sum(w.value_micros) AS micros, sum(w.gb) AS gb
               FROM marketplace_auctionlinkaward w
               JOIN marketplace_auctionaward d ON d.id = w.award_id
               WHERE d.order_id = o.id) w ON true
           WHERE o.state IN ('ACCEPTED', 'TRADED') AND (
               coalesce(w.micros, 0) <> coalesce((o.result->>'link_pays_micros')::bigint, 0)
               OR coalesce(w.gb, 0) <> asked.gb
               OR EXISTS (
                   SELECT 1 FROM (
                       SELECT DISTINCT generate_series(d.first_hour, d.first_hour + d.hours - 1)
                       FROM marketplace_auctionaward d WHERE d.order_id = o.id) h(hour)
                   WHERE asked.gbps <> (
                       SELECT coalesce(sum(w.gbps), 0) FROM marketplace_auctionlinkaward w
                       JOIN marketplace_auctionaward d ON d.id = w.award_id
                       WHERE d.order_id = o.id AND h.hour >= w.first_hour
                         AND h.hour < w.first_hour + w.hours)))""",
    ),
)
