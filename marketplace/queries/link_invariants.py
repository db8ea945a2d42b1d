"""What must always be true of links. Each query returns one row a violation."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from exchange.invariant import Invariant
from marketplace.queries.slots import DAY_AND_SLOT, HOURS_OF_TRADE, differing_slots

_SOLD = f"""
SELECT link_id, {DAY_AND_SLOT}, sum(gbps) AS gbps
FROM marketplace_linktrade t,
{HOURS_OF_TRADE}
WHERE gbps > 0 GROUP BY 1, 2, 3
"""

LINK_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "M-LINK-01",
        "No link has more Gbit/s sold and in auctions than it offers, in any hour.",
        """SELECT link_id, day, i FROM marketplace_linkday,
           unnest(sold_gbps, in_auctions_gbps) WITH ORDINALITY AS u(gbps, auctioned, i)
           WHERE gbps < 0 OR auctioned < 0 OR gbps + auctioned > capacity_gbps""",
    ),
    Invariant(
        "M-LINK-02",
        "What is sold of a link is that of its trades, hour by hour.",
        differing_slots("link_id", "marketplace_linkday", "sold_gbps", "gbps", _SOLD),
    ),
    Invariant(
        "M-LINK-03",
        "A link goes with the devices of its trade: the same buyer and zone, to the order's city,"
        " for their hours, and what the order asked for; of an auction, within these.",
        """SELECT k.id FROM marketplace_linktrade k
           JOIN marketplace_trade t ON t.id = k.trade_id
           JOIN marketplace_order o ON o.id = t.order_id
           JOIN marketplace_carrierlink l ON l.id = k.link_id
           JOIN marketplace_pool p ON p.id = t.pool_id
           JOIN marketplace_site s ON s.id = p.site_id
           WHERE (k.buyer_id, k.vat_bp, k.carrier_id, s.zone_id, l.city_id)
                 IS DISTINCT FROM (t.buyer_id, t.vat_bp, l.carrier_id, l.zone_id, o.city_id)
              OR k.starts_at < t.starts_at OR k.ends_at > t.ends_at
              OR k.gbps > o.link_gbps OR k.gb > o.move_gb
              OR (o.time_in_force <> 'GFA' AND (k.starts_at, k.ends_at, k.gbps, k.gb)
                  <> (t.starts_at, t.ends_at, o.link_gbps, o.move_gb))""",
    ),
    Invariant(
        "M-LINK-04",
        "Devices of an order that asks for a link are sold with a link, and no others are; several"
        " only where an auction sold them.",
        """SELECT o.id FROM marketplace_trade t JOIN marketplace_order o ON o.id = t.order_id
           LEFT JOIN marketplace_linktrade k ON k.trade_id = t.id
           GROUP BY o.id
           HAVING (count(k.id) > 0) <> (o.link_gbps > 0 OR o.move_gb > 0)
              OR (count(k.id) > 1 AND o.time_in_force <> 'GFA')""",
    ),
    Invariant(
        "M-LINK-05",
        "A link's value is Gbit/s × hours × price + GB × price, and its hold is that with VAT.",
        """SELECT id FROM marketplace_linktrade
           WHERE value_micros <> gbps::numeric * price_micros_per_gbps_hour
                 * (extract(epoch FROM ends_at - starts_at) / 3600) + gb * price_micros_per_gb
              OR held_micros <> ceil(value_micros::numeric * (10000 + vat_bp) / 10000)""",
    ),
    Invariant(
        "M-LINK-06",
        "Every link sold moved its gross value to a hold of its own.",
        """SELECT k.id FROM marketplace_linktrade k
           LEFT JOIN ledger_hold h ON h.reason = 'link:' || k.id
           WHERE h.id IS NULL OR h.amount_micros <> k.held_micros OR h.member_id <> k.buyer_id""",
    ),
    Invariant(
        "M-LINK-07",
        "Every link sold has its one event, and every such event its link.",
        """SELECT k.id, e.link_trade_id FROM marketplace_linktrade k FULL JOIN (
             SELECT (facts->>'link_trade_id')::bigint AS link_trade_id, count(*) AS times
             FROM marketplace_marketevent WHERE kind = 'LINKED' GROUP BY 1) e
             ON e.link_trade_id = k.id
           WHERE e.times IS DISTINCT FROM 1 OR k.id IS NULL""",
    ),
    Invariant(
        "M-LINK-08",
        "Nobody buys a link of its own, and no halted carrier sells one.",
        """SELECT k.id FROM marketplace_linktrade k
           JOIN accounts_member b ON b.id = k.buyer_id JOIN accounts_member c ON c.id = k.carrier_id
           JOIN marketplace_trade t ON t.id = k.trade_id
           JOIN marketplace_execution x ON x.id = t.execution_id
           LEFT JOIN marketplace_halt h ON h.scope = 'MEMBER' AND h.subject_id = k.carrier_id
             AND x.arrival > h.halted_number
             AND (h.resumed_number IS NULL OR x.arrival < h.resumed_number)
           WHERE h.id IS NOT NULL OR b.id = c.id OR (b.beneficial_owner <> '' AND
                                 b.beneficial_owner = c.beneficial_owner)""",
    ),
)
