"""What must always be true of call auctions. Each query returns one row a violation."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from exchange.invariant import Invariant
from marketplace.queries.slots import DAY_AND_SLOT, HOURS_IN_AUCTION, differing_slots

# Devices of offers that stand in an auction, and of awards that await their trade, by pool, day
# and slot.
_OFFERED = f"""
SELECT pool_id, {DAY_AND_SLOT}, sum(o.devices) AS devices
FROM (SELECT auction_id, pool_id, first_hour, hours, devices FROM marketplace_auctionoffer
      WHERE state IN ('ENTERED', 'FROZEN')
      UNION ALL
      SELECT w.auction_id, o.pool_id, w.first_hour, w.hours, w.devices
      FROM marketplace_auctionaward w JOIN marketplace_auctionoffer o ON o.id = w.offer_id
      WHERE w.trade_id IS NULL AND w.lapsed_at IS NULL) o
{HOURS_IN_AUCTION}
GROUP BY 1, 2, 3
"""

AUCTION_INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "M-AUCTION-01",
        "Devices in auctions are those of offers that stand there and of awards that wait.",
        differing_slots("pool_id", "marketplace_capacityday", "in_auctions", "devices", _OFFERED),
    ),
    Invariant(
        "M-AUCTION-02",
        "An auction order that stands or was accepted holds what it says, any other nothing.",
        """WITH held AS (
               SELECT h.reason, sum(l.amount_micros) AS micros FROM ledger_hold h
               JOIN ledger_entryline l ON l.hold_id = h.id
               WHERE h.reason LIKE 'auction-order:%' GROUP BY 1)
           SELECT o.id, h.reason FROM marketplace_auctionorder o
           FULL JOIN (SELECT *, split_part(reason, ':', 2)::bigint AS order_id FROM held
                      WHERE micros <> 0) h ON h.order_id = o.id
           WHERE o.id IS NULL OR coalesce(h.micros, 0) <>
                 CASE WHEN o.state IN ('ENTERED', 'FROZEN', 'ACCEPTED') THEN o.held_micros
                      ELSE 0 END""",
    ),
    Invariant(
        "M-AUCTION-03",
        "Entries of an auction stand where it does: nothing is entered once its book is frozen,"
        " and nothing is frozen once it is told.",
        """SELECT a.id, e.id FROM marketplace_auction a JOIN (
               SELECT auction_id, id, state FROM marketplace_auctionorder
               UNION ALL SELECT auction_id, id, state FROM marketplace_auctionoffer) e
             ON e.auction_id = a.id
           WHERE (e.state = 'ENTERED' AND a.state NOT IN ('OPEN', 'NO_CANCEL'))
              OR (e.state = 'FROZEN' AND a.state <> 'CLEARING')
              OR (e.state = 'ACCEPTED' AND a.state <> 'PUBLISHED')
              OR (e.state IN ('TRADED', 'REJECTED')
                  AND a.state NOT IN ('PUBLISHED', 'AGREED'))""",
    ),
    Invariant(
        "M-AUCTION-04",
        "A frozen auction has the book that it announced, a published one its outcome.",
        """SELECT a.id FROM marketplace_auction a
           LEFT JOIN marketplace_auctionfile b ON b.auction_id = a.id AND b.name = 'book.json'
           LEFT JOIN marketplace_auctionfile o ON o.auction_id = a.id AND o.name = 'outcome.json'
           WHERE a.book_sha256 <> coalesce(b.sha256, '')
              OR (a.state IN ('PUBLISHED', 'AGREED')) <> (o.id IS NOT NULL)""",
    ),
    Invariant(
        "M-AUCTION-05",
        "The random end is that of the seed, whose sha256 was told when it was drawn.",
        """SELECT id FROM marketplace_auction WHERE seed <> '' AND (
               seed_sha256 <> encode(sha256(seed::bytea), 'hex')
               OR ended_at NOT BETWEEN ends_from AND ends_by)""",
    ),
    Invariant(
        "M-AUCTION-06",
        "An award and its trade say the same: whose, what, when, for how much.",
        """SELECT w.id FROM marketplace_auctionaward w
           JOIN marketplace_auction a ON a.id = w.auction_id
           JOIN marketplace_auctionorder b ON b.id = w.order_id
           JOIN marketplace_auctionoffer s ON s.id = w.offer_id
           LEFT JOIN marketplace_trade t ON t.id = w.trade_id
           WHERE w.value_micros <>
                 w.devices::numeric * (SELECT sum(p) FROM unnest(w.prices_micros) p)
              OR cardinality(w.prices_micros) <> w.hours
              OR (w.trade_id IS NOT NULL AND (t.id IS NULL OR t.buyer_id <> b.buyer_id
                  OR t.seller_id <> s.seller_id OR t.pool_id <> s.pool_id
                  OR t.devices <> w.devices OR t.value_micros <> w.value_micros
                  OR t.starts_at <> a.starts_at + w.first_hour * interval '1 hour'
                  OR t.ends_at <> t.starts_at + w.hours * interval '1 hour'))""",
    ),
    Invariant(
        "M-AUCTION-07",
        "An order that was accepted was awarded what it pays, links included; traded, every award"
        " of it is.",
        """SELECT o.id FROM marketplace_auctionorder o
           LEFT JOIN LATERAL (
               SELECT sum(value_micros) AS micros, count(*) AS awards, count(trade_id) AS traded
               FROM marketplace_auctionaward w WHERE w.order_id = o.id) w ON true
           WHERE (o.state IN ('ACCEPTED', 'TRADED')
                  AND w.micros + (
                      SELECT coalesce(sum(k.value_micros), 0) FROM marketplace_auctionlinkaward k
                      JOIN marketplace_auctionaward d ON d.id = k.award_id WHERE d.order_id = o.id)
                  IS DISTINCT FROM (o.result->>'pays_micros')::bigint)
              OR (o.state = 'TRADED' AND w.traded <> w.awards)
              OR (o.state NOT IN ('TRADED') AND w.traded > 0)""",
    ),
)
