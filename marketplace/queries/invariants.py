"""What must always be true of the market. Each query returns one row a violation."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from exchange.invariant import Invariant
from marketplace.queries.auction_invariants import AUCTION_INVARIANTS
from marketplace.queries.auction_link_invariants import AUCTION_LINK_INVARIANTS
from marketplace.queries.link_invariants import LINK_INVARIANTS
from marketplace.queries.slots import DAY_AND_SLOT, HOURS_OF_TRADE, differing_slots

# The free devices of open listings, and the sold ones of trades, by pool, day and slot.
_FREE = f"""
SELECT pool_id, {DAY_AND_SLOT}, sum(f) AS devices
FROM marketplace_listing l, unnest(l.free) WITH ORDINALITY AS u(f, i),
     LATERAL (SELECT l.starts_at + (i - 1) * interval '1 hour' AS hour) h
WHERE l.state = 'OPEN' GROUP BY 1, 2, 3
"""
_SOLD = f"""
SELECT pool_id, {DAY_AND_SLOT}, sum(devices) AS devices
FROM marketplace_trade t,
{HOURS_OF_TRADE}
GROUP BY 1, 2, 3
"""


def _same_as_capacity(column: str, facts: str) -> str:
    return differing_slots("pool_id", "marketplace_capacityday", column, "devices", facts)


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "M-CAP-01",
        "Listed, sold and auctioned devices of a pool are never more than are installed.",
        """SELECT pool_id, day, i FROM marketplace_capacityday,
           unnest(in_orders, contracted, in_auctions) WITH ORDINALITY AS u(o, c, x, i)
           WHERE o < 0 OR c < 0 OR x < 0 OR o + c + x > installed""",
    ),
    Invariant(
        "M-CAP-02",
        "Devices in orders are the free devices of open listings, hour by hour.",
        _same_as_capacity("in_orders", _FREE),
    ),
    Invariant(
        "M-CAP-03",
        "Contracted devices are those of trades, hour by hour.",
        _same_as_capacity("contracted", _SOLD),
    ),
    Invariant(
        "M-LIST-01",
        "What a listing has free and sold never exceeds what it offers; open, it is all of it.",
        """SELECT l.id, hour FROM marketplace_listing l,
           unnest(l.free) WITH ORDINALITY AS u(f, i),
           LATERAL (SELECT l.starts_at + (i - 1) * interval '1 hour' AS hour) h,
           LATERAL (SELECT coalesce(sum(t.devices), 0) AS sold FROM marketplace_trade t
                    WHERE t.listing_id = l.id AND t.starts_at <= hour AND t.ends_at > hour) s
           WHERE f + sold > l.devices OR (l.state = 'OPEN' AND f + sold <> l.devices
                 AND l.version = 1 AND NOT EXISTS (SELECT FROM marketplace_marketevent e
                     WHERE e.listing_id = l.id AND e.kind = 'REDUCED'))""",
    ),
    Invariant(
        "M-ORDER-01",
        "What an order has filled is what its trades say, and never more than its amount.",
        """SELECT o.id FROM marketplace_order o
           LEFT JOIN (SELECT order_id, sum(filled) AS filled FROM marketplace_trade GROUP BY 1) t
             ON t.order_id = o.id
           WHERE o.filled <> coalesce(t.filled, 0) OR o.filled > o.amount""",
    ),
    Invariant(
        "M-ORDER-02",
        "An order's state fits what it has filled.",
        """SELECT id FROM marketplace_order
           WHERE (state = 'FILLED') <> (filled = amount)
              OR (state = 'OPEN' AND filled <> 0)
              OR (state = 'PARTLY_FILLED' AND filled = 0)
              OR (state IN ('OPEN', 'PARTLY_FILLED')) <> (ended_at IS NULL)""",
    ),
    Invariant(
        "M-ORDER-03",
        "An order at one site has one trade; lots share their start and length.",
        """SELECT t.order_id FROM marketplace_trade t JOIN marketplace_order o ON o.id = t.order_id
           GROUP BY t.order_id, o.splittable, o.hours
           HAVING (NOT o.splittable AND count(*) > 1) OR count(DISTINCT t.starts_at) > 1
              OR bool_or(t.ends_at - t.starts_at <> o.hours * interval '1 hour')""",
    ),
    Invariant(
        "M-TRADE-01",
        "No trade is beyond its order's limit, as that was then, with the link that comes with it.",
        """SELECT t.id FROM marketplace_trade t JOIN marketplace_order o ON o.id = t.order_id
           LEFT JOIN LATERAL (
               SELECT sum(value_micros) AS value_micros FROM marketplace_linktrade
               WHERE trade_id = t.id) k ON true
           LEFT JOIN LATERAL (
               SELECT (later.facts->>'was_limit_micros')::bigint AS limit_micros
               FROM marketplace_marketevent traded JOIN marketplace_marketevent later
                 ON later.order_id = traded.order_id AND later.number > traded.number
                AND later.kind = 'ORDER_REPLACED'
               WHERE traded.order_id = o.id AND traded.kind = 'TRADED'
                 AND (traded.facts->>'trade_id')::bigint = t.id
               ORDER BY later.number LIMIT 1) was ON o.version > 1
           WHERE (t.value_micros::numeric + coalesce(k.value_micros, 0))
                 * (CASE o.unit WHEN 'PFLOPS' THEN 1000000 ELSE 1 END)
                 > coalesce(was.limit_micros, o.limit_micros)::numeric * t.filled * o.hours""",
    ),
    Invariant(
        "M-TRADE-02",
        "No trade is below its listing's ask, as that was then, outside its window, or of another"
        " pool or seller.",
        """SELECT t.id FROM marketplace_trade t JOIN marketplace_listing l ON l.id = t.listing_id
           LEFT JOIN LATERAL (
               SELECT (later.facts->>'was_ask_micros')::bigint AS ask_micros
               FROM marketplace_marketevent traded JOIN marketplace_marketevent later
                 ON later.listing_id = traded.listing_id AND later.number > traded.number
                AND later.kind = 'LISTING_REPLACED'
               WHERE traded.listing_id = l.id AND traded.kind = 'TRADED'
                 AND (traded.facts->>'trade_id')::bigint = t.id
               ORDER BY later.number LIMIT 1) was ON l.version > 1
           WHERE t.price_micros < coalesce(was.ask_micros, l.ask_micros)
              OR t.starts_at < l.starts_at
              OR t.ends_at > l.ends_at OR t.pool_id <> l.pool_id OR t.seller_id <> l.seller_id""",
    ),
    Invariant(
        "M-TRADE-03",
        "No trade is outside its order's window, for another buyer, or after its delivery began.",
        """SELECT t.id FROM marketplace_trade t JOIN marketplace_order o ON o.id = t.order_id
           WHERE t.starts_at < o.earliest OR t.ends_at > o.latest OR t.buyer_id <> o.buyer_id
              OR t.traded_at >= t.starts_at""",
    ),
    Invariant(
        "M-TRADE-04",
        "A trade's value is devices × hours × price, hour by hour where an auction priced them,"
        " and its hold is that with VAT.",
        """SELECT id FROM marketplace_trade,
           LATERAL (SELECT extract(epoch FROM ends_at - starts_at)::int / 3600 AS hours) h,
           LATERAL (SELECT sum(price) AS micros, count(*) AS priced
                    FROM unnest(hour_prices_micros) AS u(price)) p
           WHERE value_micros <> devices::numeric * coalesce(micros, price_micros * hours)
              OR (hour_prices_micros IS NOT NULL
                  AND (priced <> hours OR price_micros <> floor(micros / hours)))
              OR held_micros <> ceil(value_micros::numeric * (10000 + vat_bp) / 10000)""",
    ),
    Invariant(
        "M-TRADE-05",
        "Nobody trades with itself: buyer and seller have different beneficial owners.",
        """SELECT t.id FROM marketplace_trade t
           JOIN accounts_member b ON b.id = t.buyer_id JOIN accounts_member s ON s.id = t.seller_id
           WHERE b.id = s.id OR (b.beneficial_owner <> '' AND
                                 b.beneficial_owner = s.beneficial_owner)""",
    ),
    Invariant(
        "M-EVENT-01",
        "Market events are numbered from 1 without a gap, and the sequence stands at the last.",
        """SELECT count(*), max(number) FROM marketplace_marketevent
           HAVING count(*) <> coalesce(max(number), 0) OR coalesce(min(number), 1) <> 1
              OR coalesce(max(number), 0) <>
                 coalesce((SELECT last_number FROM marketplace_marketsequence), 0)""",
    ),
    Invariant(
        "M-EVENT-02",
        "Every trade has its one event, and every such event its trade.",
        """SELECT t.id, e.trade_id FROM marketplace_trade t FULL JOIN (
             SELECT (facts->>'trade_id')::bigint AS trade_id, count(*) AS times
             FROM marketplace_marketevent WHERE kind = 'TRADED' GROUP BY 1) e ON e.trade_id = t.id
           WHERE e.times IS DISTINCT FROM 1 OR t.id IS NULL""",
    ),
    Invariant(
        "M-EVENT-03",
        "Orders, listings and executions carry the number of the event that they arrived with.",
        """SELECT o.id FROM marketplace_order o LEFT JOIN marketplace_marketevent e
             ON e.number = o.arrival AND e.order_id = o.id
               AND e.kind IN ('ORDER_ACCEPTED', 'ORDER_REPLACED')
           WHERE e.number IS NULL
           UNION ALL
           SELECT l.id FROM marketplace_listing l LEFT JOIN marketplace_marketevent e
             ON e.number = l.arrival AND e.listing_id = l.id
               AND e.kind IN ('LISTING_ACCEPTED', 'LISTING_REPLACED')
           WHERE e.number IS NULL
           UNION ALL
           SELECT x.id FROM marketplace_execution x LEFT JOIN marketplace_marketevent e
             ON e.number = x.arrival AND e.kind IN ('ORDER_ACCEPTED', 'LISTING_ACCEPTED',
                                                    'ORDER_REPLACED', 'LISTING_REPLACED')
           WHERE e.number IS NULL""",
    ),
    Invariant(
        "M-HOLD-01",
        "What the book itemises for an open order is what it held less its trades'; an ended"
        " order holds nothing.",
        """WITH itemised AS (
               SELECT held.order_id, sum(held.micros::bigint) AS micros
               FROM ledger_entry e, jsonb_each_text(e.facts->'held') AS held(order_id, micros)
               WHERE e.kind = 'MARKET' GROUP BY 1
           ), earlier AS (
               SELECT h.reason, sum(l.amount_micros) AS micros
               FROM ledger_hold h JOIN ledger_entryline l ON l.hold_id = h.id
               WHERE h.kind = 'ORDER_HOLDS' GROUP BY 1)
           SELECT o.id, i.order_id FROM marketplace_order o
           LEFT JOIN (SELECT t.order_id, sum(t.held_micros + coalesce(k.held_micros, 0)) AS spent
                      FROM marketplace_trade t
                      LEFT JOIN (SELECT trade_id, sum(held_micros) AS held_micros
                                 FROM marketplace_linktrade GROUP BY 1) k ON k.trade_id = t.id
                      GROUP BY 1) t ON t.order_id = o.id
           LEFT JOIN earlier b ON b.reason = 'order:' || o.id
           FULL JOIN itemised i ON i.order_id = o.id::text
           WHERE coalesce(i.micros, 0) + coalesce(b.micros, 0) IS DISTINCT FROM
                 CASE WHEN o.ended_at IS NULL THEN o.held_micros - coalesce(t.spent, 0)
                      ELSE 0 END OR o.id IS NULL""",
    ),
    Invariant(
        "M-HOLD-02",
        "Every trade moved its gross value to a hold of its own.",
        """SELECT t.id FROM marketplace_trade t
           LEFT JOIN ledger_hold h ON h.reason = 'trade:' || t.id
           WHERE h.id IS NULL OR h.amount_micros <> t.held_micros OR h.member_id <> t.buyer_id""",
    ),
    Invariant(
        "M-HOLD-03",
        "An order as it was sent holds its limit value with VAT, capped by its budget.",
        """SELECT o.id FROM marketplace_order o
           CROSS JOIN LATERAL (
               SELECT o.limit_micros::numeric * o.amount * o.hours * (10000 + o.vat_bp) AS scaled,
                      10000 * CASE o.unit WHEN 'PFLOPS' THEN 1000000 ELSE 1 END::numeric AS scale
               ) whole
           WHERE o.version = 1
             AND o.held_micros <> least(o.budget_micros, div(scaled + scale - 1, scale))
             AND NOT EXISTS (SELECT FROM marketplace_marketevent e
                             WHERE e.order_id = o.id AND e.kind = 'REDUCED')""",
    ),
    Invariant(
        "M-REF-01",
        "Orders, trades and events refer to rows that exist.",
        """SELECT 'order:' || o.id FROM marketplace_order o
           LEFT JOIN accounts_member b ON b.id = o.buyer_id
           LEFT JOIN accounts_member p ON p.id = o.placed_by_id
           LEFT JOIN marketplace_city c ON c.id = o.city_id
           WHERE b.id IS NULL OR (o.placed_by_id IS NOT NULL AND p.id IS NULL)
              OR (o.city_id IS NOT NULL AND c.id IS NULL)
           UNION ALL
           SELECT 'trade:' || t.id FROM marketplace_trade t
           LEFT JOIN marketplace_execution x ON x.id = t.execution_id
           LEFT JOIN marketplace_order o ON o.id = t.order_id
           LEFT JOIN marketplace_listing l ON l.id = t.listing_id
           LEFT JOIN marketplace_pool p ON p.id = t.pool_id
           LEFT JOIN accounts_member b ON b.id = t.buyer_id
           LEFT JOIN accounts_member s ON s.id = t.seller_id
           WHERE x.id IS NULL OR o.id IS NULL OR l.id IS NULL OR p.id IS NULL
              OR b.id IS NULL OR s.id IS NULL
           UNION ALL
           SELECT 'event:' || e.number FROM marketplace_marketevent e
           LEFT JOIN marketplace_order o ON o.id = e.order_id
           LEFT JOIN marketplace_listing l ON l.id = e.listing_id
           WHERE (e.order_id IS NOT NULL AND o.id IS NULL)
              OR (e.listing_id IS NOT NULL AND l.id IS NULL)""",
    ),
    Invariant(
        "M-HALT-01",
        "Nothing trades while the market, its buyer, its seller or its chip is halted.",
        """SELECT t.id FROM marketplace_halt h
           JOIN marketplace_execution x ON x.arrival > h.halted_number
             AND (h.resumed_number IS NULL OR x.arrival < h.resumed_number)
           JOIN marketplace_trade t ON t.execution_id = x.id
           JOIN marketplace_pool p ON p.id = t.pool_id
           WHERE h.scope = 'MARKET' OR (h.scope = 'CHIP' AND h.subject_id = p.chip_id)
              OR (h.scope = 'MEMBER' AND h.subject_id IN (t.buyer_id, t.seller_id))""",
    ),
    *LINK_INVARIANTS,
    *AUCTION_INVARIANTS,
    *AUCTION_LINK_INVARIANTS,
)
