"""What must hold of deposits and withdrawals."""

from exchange.invariant import Invariant

PAYMENTS = (
    Invariant(
        "BILLING-14",
        "A deposit that was received is credited once with its amount; no other is.",
        """SELECT d.id, d.state, d.amount_fen, p.credited FROM billing_deposit d
           LEFT JOIN LATERAL (SELECT sum(l.amount_micros) AS credited FROM ledger_entry e
               JOIN ledger_entryline l ON l.entry_id = e.id
               JOIN ledger_account a ON a.id = l.account_id
               WHERE e.key = 'deposit:' || d.id AND a.key = 'trading:' || d.member_id) p ON true
           WHERE COALESCE(p.credited, 0)
              <> CASE d.state WHEN 'RECEIVED' THEN d.amount_fen * 10000 ELSE 0 END""",
    ),
    Invariant(
        "BILLING-15",
        "A withdrawal left the member's funds, and its refunds are its whole amount.",
        """SELECT w.id, w.amount_fen, p.taken, r.fen FROM billing_withdrawal w
           LEFT JOIN LATERAL (SELECT sum(l.amount_micros) AS taken FROM ledger_entry e
               JOIN ledger_entryline l ON l.entry_id = e.id
               JOIN ledger_account a ON a.id = l.account_id
               WHERE e.key = 'withdrawal:' || w.id AND a.key = 'trading:' || w.member_id) p
               ON true
           LEFT JOIN LATERAL (SELECT sum(amount_fen) AS fen FROM billing_refund f
               WHERE f.withdrawal_id = w.id) r ON true
           WHERE p.taken IS DISTINCT FROM -w.amount_fen * 10000
              OR r.fen IS DISTINCT FROM w.amount_fen""",
    ),
    Invariant(
        "BILLING-16",
        "Refunds under way are what waits on the account of refunds.",
        """SELECT p.fen, q.booked FROM (
               SELECT COALESCE(sum(amount_fen), 0) AS fen FROM billing_refund
               WHERE state IN ('ASKED', 'SENT')) p,
           (SELECT COALESCE(sum(l.amount_micros), 0) AS booked FROM ledger_entryline l
            JOIN ledger_account a ON a.id = l.account_id WHERE a.key = 'bank:refunds') q
           WHERE p.fen * 10000 <> q.booked""",
    ),
    Invariant(
        "BILLING-17",
        "No deposit returns more than it brought.",
        """SELECT d.id, d.amount_fen, sum(f.amount_fen) FROM billing_deposit d
           JOIN billing_refund f ON f.deposit_id = d.id AND f.state <> 'FAILED'
           GROUP BY d.id HAVING sum(f.amount_fen) > d.amount_fen OR d.state <> 'RECEIVED'""",
    ),
)
