"""What must hold between orders, meters, settlements, papers and the money book."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from billing.queries.cover_invariants import COVERS
from billing.queries.link_invariants import LINKS
from billing.queries.paper_invariants import PAPERS
from billing.queries.payment_invariants import PAYMENTS
from billing.queries.settlement_key import KEY
from billing.queries.settlements import OWED_AHEAD
from exchange.invariant import Invariant

INVARIANTS = (
    Invariant(
        "BILLING-01",
        "What each member has set aside for orders is what its open orders have left to hold,"
        " here and in auctions.",
        """SELECT member_id, booked.micros AS booked_micros, wanted.micros AS orders_micros
           FROM (SELECT a.member_id, sum(l.amount_micros) AS micros
                 FROM ledger_account a JOIN ledger_entryline l ON l.account_id = a.id
                 WHERE a.kind = 'ORDER_HOLDS' GROUP BY 1) booked
           FULL JOIN (SELECT member_id, sum(micros) AS micros FROM (
                          SELECT o.buyer_id AS member_id,
                                 o.held_micros - COALESCE(t.spent, 0) AS micros
                          FROM marketplace_order o
                          LEFT JOIN (SELECT order_id, sum(held_micros) AS spent
                                     FROM marketplace_trade GROUP BY 1) t ON t.order_id = o.id
                          WHERE o.state IN ('OPEN', 'PARTLY_FILLED')
                          UNION ALL
                          SELECT buyer_id, held_micros FROM marketplace_auctionorder
                          WHERE state IN ('ENTERED', 'FROZEN', 'ACCEPTED')) each_order
                      GROUP BY 1) wanted
           USING (member_id)
           WHERE COALESCE(booked.micros, 0) <> COALESCE(wanted.micros, 0)""",
    ),
    Invariant(
        "BILLING-02",
        "No order has given its trades more than it held.",
        """SELECT o.id, o.held_micros, sum(t.held_micros) AS spent_micros
           FROM marketplace_order o JOIN marketplace_trade t ON t.order_id = o.id
           GROUP BY o.id HAVING sum(t.held_micros) > o.held_micros""",
    ),
    Invariant(
        "BILLING-03",
        "Every trade moved its share to its agreement's hold.",
        """SELECT t.id, t.held_micros, h.amount_micros FROM marketplace_trade t
           LEFT JOIN ledger_hold h ON h.reason = 'trade:' || t.id
           WHERE h.amount_micros IS DISTINCT FROM t.held_micros
              OR h.member_id <> t.buyer_id OR h.kind <> 'AGREEMENT_HOLDS'""",
    ),
    Invariant(
        "BILLING-04",
        "An agreement that ended holds nothing.",
        """SELECT g.number, g.state, sum(l.amount_micros) AS remaining_micros
           FROM contracts_agreement g JOIN ledger_hold h
             ON h.reason = coalesce('link:' || g.link_trade_id, 'trade:' || g.trade_id)
           JOIN ledger_entryline l ON l.hold_id = h.id
           WHERE g.state IN ('COMPLETED', 'TERMINATED')
           GROUP BY g.id HAVING sum(l.amount_micros) <> 0""",
    ),
    Invariant(
        "BILLING-05",
        "What a settlement says is what was posted for it: seller or carrier, fee and tax.",
        f"""SELECT s.id, s.agreement_id FROM billing_settlement s
           JOIN contracts_agreement g ON g.id = s.agreement_id
           LEFT JOIN ledger_entry e ON e.key = {KEY}
           LEFT JOIN LATERAL (
               SELECT COALESCE(sum(l.amount_micros) FILTER (WHERE a.key = 'fees'), 0) AS fee,
                      COALESCE(sum(l.amount_micros) FILTER (WHERE a.key = 'tax'), 0) AS tax,
                      COALESCE(sum(l.amount_micros) FILTER (
                          WHERE a.key = 'payable:' || g.seller_id), 0) AS seller,
                      COALESCE(sum(l.amount_micros) FILTER (
                          WHERE a.member_id = g.buyer_id), 0) AS buyer
               FROM ledger_entryline l JOIN ledger_account a ON a.id = l.account_id
               WHERE l.entry_id = e.id) p ON true
           WHERE p.fee <> s.fee_micros OR p.tax <> s.fee_vat_micros
              OR p.buyer <> -(s.value_micros + s.vat_micros)
              OR p.seller <> s.value_micros + s.vat_micros - s.fee_micros - s.fee_vat_micros""",
    ),
    Invariant(
        "BILLING-06",
        "Every settlement's posting has its settlement.",
        f"""SELECT e.key FROM ledger_entry e
           LEFT JOIN (SELECT s.id, {KEY} AS key
                      FROM billing_settlement s
                      JOIN contracts_agreement g ON g.id = s.agreement_id) s ON s.key = e.key
           WHERE e.kind = 'SETTLEMENT' AND s.id IS NULL""",
    ),
    Invariant(
        "BILLING-07",
        "Damages that were paid were posted, and nobody paid more than was owed.",
        f"""SELECT d.id::text FROM billing_damagespayment d
           JOIN contracts_agreement g ON g.id = d.agreement_id
           LEFT JOIN ledger_entry e ON e.key = 'damages:' || d.id
           LEFT JOIN LATERAL (SELECT sum(l.amount_micros) AS paid FROM ledger_entryline l
               JOIN ledger_account a ON a.id = l.account_id
               WHERE l.entry_id = e.id AND a.key = 'trading:' || g.buyer_id) p ON true
           WHERE p.paid IS DISTINCT FROM d.amount_micros
           UNION ALL
           SELECT 'agreement:' || agreement_id FROM (
               SELECT agreement_id, sum(damages_micros) AS owed
               FROM billing_settlement GROUP BY 1) s
           RIGHT JOIN (SELECT agreement_id, sum(amount_micros) AS paid
                 FROM billing_damagespayment GROUP BY 1) p USING (agreement_id)
           LEFT JOIN ({OWED_AHEAD}) ahead USING (agreement_id)
           WHERE p.paid > greatest(COALESCE(s.owed, 0) + COALESCE(ahead.micros, 0), 0)""",
    ),
    Invariant(
        "BILLING-08",
        "An agreement is completed when every hour of it is settled, and not before.",
        """SELECT g.number, g.state, count(DISTINCT s.hour_start) AS settled
           FROM contracts_agreement g LEFT JOIN billing_settlement s ON s.agreement_id = g.id
           GROUP BY g.id HAVING (g.state = 'COMPLETED') <> (count(DISTINCT s.hour_start)
               = extract(epoch FROM g.ends_at - g.starts_at) / 3600)
              AND g.state IN ('IN_FORCE', 'COMPLETED')""",
    ),
    *LINKS,
    *COVERS,
    *PAPERS,
    *PAYMENTS,
)
