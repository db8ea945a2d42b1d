"""What must hold of the money book, whatever happened."""

from exchange.invariant import Invariant

INVARIANTS = (
    Invariant(
        "LEDGER-01",
        "The lines of every entry sum to zero, and there are at least two.",
        """SELECT e.id, e.key, count(l.id) AS lines, sum(l.amount_micros) AS sum_micros
           FROM ledger_entry e LEFT JOIN ledger_entryline l ON l.entry_id = e.id
           GROUP BY e.id HAVING count(l.id) < 2 OR sum(l.amount_micros) <> 0""",
    ),
    Invariant(
        "LEDGER-02",
        "The whole book sums to zero.",
        """SELECT sum(amount_micros) AS sum_micros FROM ledger_entryline
           HAVING sum(amount_micros) <> 0""",
    ),
    Invariant(
        "LEDGER-03",
        "Every checkpoint is the sum of its account's lines up to it.",
        """SELECT c.id, c.account_id, c.line_id, c.balance_micros, COALESCE(t.sum_micros, 0)
           FROM ledger_checkpoint c LEFT JOIN LATERAL (
               SELECT sum(l.amount_micros) AS sum_micros FROM ledger_entryline l
               WHERE l.account_id = c.account_id AND l.id <= c.line_id) t ON true
           WHERE c.balance_micros <> COALESCE(t.sum_micros, 0)""",
    ),
    Invariant(
        "LEDGER-04",
        "No account of a member is overdrawn.",
        """SELECT a.key, sum(l.amount_micros) AS balance_micros
           FROM ledger_account a JOIN ledger_entryline l ON l.account_id = a.id
           WHERE a.member_id IS NOT NULL GROUP BY a.id HAVING sum(l.amount_micros) < 0""",
    ),
    Invariant(
        "LEDGER-05",
        "No hold has given more than it was.",
        """SELECT h.reason, sum(l.amount_micros) AS remaining_micros
           FROM ledger_hold h JOIN ledger_entryline l ON l.hold_id = h.id
           GROUP BY h.id HAVING sum(l.amount_micros) < 0""",
    ),
    Invariant(
        "LEDGER-06",
        "Funds held for agreements are the sum of their holds: each line there names a hold of"
        " the same member and kind; elsewhere only lines of orders before the turns do.",
        """SELECT l.id, a.key, h.reason
           FROM ledger_entryline l JOIN ledger_account a ON a.id = l.account_id
           LEFT JOIN ledger_hold h ON h.id = l.hold_id
           WHERE (a.kind = 'AGREEMENT_HOLDS' AND h.id IS NULL)
              OR (a.kind NOT IN ('ORDER_HOLDS', 'AGREEMENT_HOLDS') AND h.id IS NOT NULL)
              OR h.kind <> a.kind OR h.member_id <> a.member_id""",
    ),
    Invariant(
        "LEDGER-07",
        "A hold began with the amount that it says.",
        """SELECT h.reason, h.amount_micros, f.amount_micros AS booked_micros
           FROM ledger_hold h LEFT JOIN LATERAL (
               SELECT l.amount_micros FROM ledger_entryline l
               WHERE l.hold_id = h.id ORDER BY l.id LIMIT 1) f ON true
           WHERE f.amount_micros IS DISTINCT FROM h.amount_micros""",
    ),
    Invariant(
        "LEDGER-08",
        "Every account stands under the name of its kind and member.",
        """SELECT id, key, kind, member_id FROM ledger_account
           WHERE member_id IS NOT NULL AND key <> lower(kind) || ':' || member_id""",
    ),
    Invariant(
        "LEDGER-09",
        "Every line is of an entry, on an account and of a hold that exist; so is a hold's member.",
        """SELECT 'line:' || l.id FROM ledger_entryline l
           LEFT JOIN ledger_entry e ON e.id = l.entry_id
           LEFT JOIN ledger_account a ON a.id = l.account_id
           LEFT JOIN ledger_hold h ON h.id = l.hold_id
           WHERE e.id IS NULL OR a.id IS NULL OR (l.hold_id IS NOT NULL AND h.id IS NULL)
           UNION ALL
           SELECT 'hold:' || h.id FROM ledger_hold h
           LEFT JOIN accounts_member m ON m.id = h.member_id WHERE m.id IS NULL""",
    ),
    Invariant(
        "LEDGER-10",
        "What an entry of a turn itemises is what its lines move.",
        """SELECT e.key FROM ledger_entry e
           LEFT JOIN LATERAL (
               SELECT COALESCE(sum(l.amount_micros) FILTER (WHERE a.kind = 'ORDER_HOLDS'), 0)
                          AS held,
                      jsonb_object_agg(regexp_replace(h.reason, '^trade:', ''), l.amount_micros)
                          FILTER (WHERE a.kind = 'AGREEMENT_HOLDS') AS bought
               FROM ledger_entryline l JOIN ledger_account a ON a.id = l.account_id
               LEFT JOIN ledger_hold h ON h.id = l.hold_id WHERE l.entry_id = e.id) booked ON true
           LEFT JOIN LATERAL (
               SELECT COALESCE(sum(value::bigint), 0) AS held
               FROM jsonb_each_text(COALESCE(e.facts->'held', '{}'))) told ON true
           WHERE e.kind = 'MARKET' AND (booked.held <> told.held
              OR COALESCE(booked.bought, '{}')
                 <> COALESCE(e.facts->'moved', '{}') || COALESCE(e.facts->'paid', '{}'))""",
    ),
)
