"""What must hold of invoices and payouts."""

from exchange.invariant import Invariant

PAPERS = (
    Invariant(
        "BILLING-09",
        "Each issuer's invoices are numbered from one without gaps.",
        """SELECT issuer_id, count(*), max(sequence) FROM billing_invoice
           GROUP BY issuer_id HAVING max(sequence) <> count(*) OR min(sequence) <> 1""",
    ),
    Invariant(
        "BILLING-10",
        "An invoice says what its lines say, rounded to fen once.",
        """SELECT i.number, i.net_fen, i.vat_fen, t.net, t.vat FROM billing_invoice i
           LEFT JOIN LATERAL (SELECT sum(net_micros) AS net, sum(vat_micros) AS vat
               FROM billing_invoiceline l WHERE l.invoice_id = i.id AND l.kind <> 'DAMAGES') t
               ON true
           WHERE abs(i.net_fen * 10000 - COALESCE(t.net, 0)) > 5000
              OR abs(i.vat_fen * 10000 - COALESCE(t.vat, 0)) > 5000""",
    ),
    Invariant(
        "BILLING-11",
        "The residue account holds what the invoices' rounding left, and nothing else.",
        """SELECT p.residue, q.booked FROM (
               SELECT COALESCE(sum(residue_micros), 0) AS residue FROM billing_invoice) p,
           (SELECT COALESCE(sum(l.amount_micros), 0) AS booked FROM ledger_entryline l
            JOIN ledger_account a ON a.id = l.account_id WHERE a.key = 'residue') q
           WHERE p.residue <> q.booked""",
    ),
    Invariant(
        "BILLING-12",
        "What is recorded as payable is what left the sellers' accounts for it.",
        """SELECT p.fen, q.booked FROM (
               SELECT COALESCE(sum(amount_fen), 0) AS fen FROM billing_payout
               WHERE state = 'PAYABLE') p,
           (SELECT COALESCE(sum(l.amount_micros), 0) AS booked FROM ledger_entryline l
            JOIN ledger_account a ON a.id = l.account_id WHERE a.key = 'bank:payouts') q
           WHERE p.fen * 10000 <> q.booked""",
    ),
    Invariant(
        "BILLING-13",
        "Nothing is on paper that was not settled for that day.",
        """SELECT i.number, l.agreement_id, l.kind FROM billing_invoiceline l
           JOIN billing_invoice i ON i.id = l.invoice_id
           WHERE NOT EXISTS (SELECT 1 FROM billing_settlement s
               WHERE s.agreement_id = l.agreement_id
                 AND (s.hour_start AT TIME ZONE 'Asia/Shanghai')::date = i.delivery_day
                 AND s.settled_at <= i.issued_at)""",
    ),
)
