"""What must hold between the meters of devices and the money of the links beside them."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from billing.queries.settlement_key import KEY
from contracts.domain.link_terms import OWN_METER_RULE
from exchange.invariant import Invariant

# Agreements on links with a meter of their own.
OWN_METER = f"""(SELECT v.agreement_id FROM contracts_agreementversion v
    WHERE v.terms->>'metering_rule' = '{OWN_METER_RULE}')"""

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
        "A link without a meter of its own is settled with each hour of its devices, and with no"
        " other.",
        f"""SELECT d.agreement_id, l.agreement_id FROM (
               SELECT s.usage_id, s.agreement_id, k.id AS link FROM billing_settlement s
               JOIN contracts_agreement g ON g.id = s.agreement_id
               JOIN marketplace_linktrade k ON k.trade_id = g.trade_id
               JOIN contracts_agreement b ON b.link_trade_id = k.id
                AND s.hour_start >= b.starts_at AND s.hour_start < b.ends_at
               WHERE b.id NOT IN {OWN_METER}) d
           FULL JOIN (
               SELECT s.usage_id, s.agreement_id, g.link_trade_id AS link FROM billing_settlement s
               JOIN contracts_agreement g ON g.id = s.agreement_id
               WHERE g.link_trade_id IS NOT NULL AND s.link_hour_id IS NULL) l
               USING (usage_id, link)
           WHERE d.agreement_id IS NULL OR l.agreement_id IS NULL""",
    ),
    Invariant(
        "BILLING-20",
        "A completed link without a meter of its own cost its buyer the hours in which its devices"
        " were delivering, and the data once.",
        f"""SELECT g.number, sum(s.value_micros) FROM contracts_agreement g
           JOIN marketplace_linktrade k ON k.id = g.link_trade_id
           JOIN billing_settlement s ON s.agreement_id = g.id
           CROSS JOIN LATERAL (
               SELECT count(*) AS hours FROM (
                   SELECT DISTINCT ON (x.hour_start) x.delivered_device_seconds AS seconds
                   FROM billing_settlement x WHERE x.agreement_id = g.id
                   ORDER BY x.hour_start, array_position(ARRAY['II', 'SF', 'R1', 'RF'],
                                                         x.run::text) DESC) latest
               WHERE seconds > 0) c
           WHERE g.id NOT IN {OWN_METER}
           GROUP BY g.id, k.id, c.hours
           HAVING sum(s.value_micros) <> c.hours * k.gbps * k.price_micros_per_gbps_hour
                  + CASE WHEN c.hours > 0 THEN k.gb * k.price_micros_per_gb ELSE 0 END""",
    ),
    Invariant(
        "BILLING-21",
        "What a buyer set aside for devices and link went to seller and carrier, to fee and tax,"
        " or came back, or pays a substitute: nothing of a completed pair is left or missing.",
        f"""SELECT g.number, h.amount_micros, p.paid, p.back
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
               JOIN billing_settlement s ON s.agreement_id = g.id AND e.key = {KEY}) d
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(t.released_micros), 0) AS away FROM delivery_substitution t
               JOIN delivery_allocation a ON a.id = t.of_allocation_id
               WHERE a.agreement_id = g.id) c
           WHERE g.state = 'COMPLETED' AND h.amount_micros - d.drawn <> p.paid + p.back + c.away""",
    ),
    Invariant(
        "BILLING-22",
        "A link with a meter of its own is settled by its own sealed hours, each once and as it"
        " was sealed, and by no hour of the devices.",
        f"""SELECT s.id, s.agreement_id FROM billing_settlement s
           LEFT JOIN delivery_sealedlinkhour u ON u.id = s.link_hour_id
           LEFT JOIN delivery_linkdelivery d ON d.id = u.link_delivery_id
           WHERE (s.link_hour_id IS NOT NULL OR s.agreement_id IN {OWN_METER})
             AND (s.agreement_id, s.hour_start, s.run, s.available_gbps_seconds, s.moved_mb)
               IS DISTINCT FROM
               (d.agreement_id, u.hour_start, u.run, u.available_gbps_seconds, u.moved_mb)""",
    ),
    Invariant(
        "BILLING-23",
        "A link with a meter of its own cost its buyer what was available by the second and what"
        " was moved, at most what was bought, to the micro.",
        f"""SELECT g.number, p.paid, m.gbps_seconds, m.moved_mb FROM contracts_agreement g
           JOIN marketplace_linktrade k ON k.id = g.link_trade_id
           CROSS JOIN LATERAL (SELECT sum(s.value_micros) AS paid FROM billing_settlement s
               WHERE s.agreement_id = g.id) p
           CROSS JOIN LATERAL (
               SELECT sum(available_gbps_seconds)::numeric AS gbps_seconds,
                      sum(moved_mb)::numeric AS moved_mb FROM (
                   SELECT DISTINCT ON (u.hour_start) u.* FROM delivery_sealedlinkhour u
                   JOIN billing_settlement x ON x.link_hour_id = u.id AND x.agreement_id = g.id
                   ORDER BY u.hour_start, array_position(ARRAY['II', 'SF', 'R1', 'RF'],
                                                         u.run::text) DESC) latest) m
           WHERE g.id IN {OWN_METER} AND p.paid IS NOT NULL
             AND 2 * abs(p.paid * 3600000
                 - m.gbps_seconds * k.price_micros_per_gbps_hour * 1000
                 - least(m.moved_mb, k.gb * 1000::numeric) * k.price_micros_per_gb * 3600)
               > 3600000""",
    ),
)
