"""What must hold between the meters of devices and the money of the links beside them."""

from exchange.invariant import Invariant

LINKS = (
    Invariant(
        "BILLING-18",
        "Every link sold moved its share to a hold of its agreement.",
        """SELECT k.id, k.held_micros, h.amount_micros FROM marketplace_linktrade k
           LEFT JOIN ledger_hold h ON h.reason = 'link:' || k.id
           WHERE h.amount_micros IS DISTINCT FROM k.held_micros
              OR h.member_id <> k.buyer_id OR h.kind <> 'AGREEMENT_HOLDS'""",
    ),
    Invariant(
        "BILLING-19",
        "A link is settled with each hour of its devices, and with no other.",
        """SELECT d.agreement_id, l.agreement_id FROM (
               SELECT s.usage_id, s.agreement_id, k.id AS link FROM billing_settlement s
               JOIN contracts_agreement g ON g.id = s.agreement_id
               JOIN marketplace_linktrade k ON k.trade_id = g.trade_id) d
           FULL JOIN (
               SELECT s.usage_id, s.agreement_id, g.link_trade_id AS link FROM billing_settlement s
               JOIN contracts_agreement g ON g.id = s.agreement_id
               WHERE g.link_trade_id IS NOT NULL) l USING (usage_id, link)
           WHERE d.agreement_id IS NULL OR l.agreement_id IS NULL""",
    ),
    Invariant(
        "BILLING-20",
        "A completed link cost its buyer what was carried: the hours in which its devices were"
        " delivering, and the data once.",
        """SELECT g.number, sum(s.value_micros) FROM contracts_agreement g
           JOIN marketplace_linktrade k ON k.id = g.link_trade_id
           JOIN billing_settlement s ON s.agreement_id = g.id
           CROSS JOIN LATERAL (
               SELECT count(*) AS hours FROM (
                   SELECT DISTINCT ON (x.hour_start) x.delivered_device_seconds AS seconds
                   FROM billing_settlement x WHERE x.agreement_id = g.id
                   ORDER BY x.hour_start, array_position(ARRAY['II', 'SF', 'R1', 'RF'],
                                                         x.run::text) DESC) latest
               WHERE seconds > 0) c
           GROUP BY g.id, k.id, c.hours
           HAVING sum(s.value_micros) <> c.hours * k.gbps * k.price_micros_per_gbps_hour
                  + CASE WHEN c.hours > 0 THEN k.gb * k.price_micros_per_gb ELSE 0 END""",
    ),
    Invariant(
        "BILLING-21",
        "What a buyer set aside for devices and link went to seller and carrier, to fee and tax,"
        " or came back: nothing of a completed pair is left or missing.",
        """SELECT g.number, h.amount_micros, p.paid, p.back
           FROM contracts_agreement g
           JOIN ledger_hold h
             ON h.reason = coalesce('link:' || g.link_trade_id, 'trade:' || g.trade_id)
           CROSS JOIN LATERAL (
               SELECT sum(value_micros + vat_micros) AS paid, sum(released_micros) AS back
               FROM billing_settlement s WHERE s.agreement_id = g.id) p
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(l.amount_micros), 0) AS drawn
               FROM ledger_entry e JOIN ledger_entryline l ON l.entry_id = e.id
               JOIN ledger_account a ON a.id = l.account_id
                AND a.key = 'trading:' || g.buyer_id
               JOIN billing_settlement s ON s.agreement_id = g.id AND e.key = 'settlement:'
                || s.usage_id || CASE WHEN g.link_trade_id IS NULL THEN '' ELSE ':link' END) d
           WHERE g.state = 'COMPLETED' AND h.amount_micros - d.drawn <> p.paid + p.back""",
    ),
)
