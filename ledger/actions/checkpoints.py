"""Checkpoints keep balances cheap; they can be recomputed and are proved by prove_books."""

from datetime import datetime

from django.db import connection, transaction

from accounts.actions import record_deed

# Accounts with fewer new lines than this are summed as fast without a checkpoint.
LINES_WORTH_A_CHECKPOINT = 200
WRITE = """
INSERT INTO ledger_checkpoint (account_id, line_id, balance_micros)
SELECT a.id, t.line_id, ledger_balance(a.id)
FROM ledger_account a CROSS JOIN LATERAL (
    SELECT max(l.id) AS line_id, count(*) AS fresh FROM ledger_entryline l
    WHERE l.account_id = a.id AND l.id > COALESCE(
        (SELECT max(c.line_id) FROM ledger_checkpoint c WHERE c.account_id = a.id), 0)
) t WHERE t.fresh >= %s
ON CONFLICT DO NOTHING
"""


@transaction.atomic(durable=True)
def write_checkpoints(*, now: datetime, worth_lines: int = LINES_WORTH_A_CHECKPOINT) -> int:
    """Note the balance of every account with many new lines; return how many were noted.

    Waits until no posting is under way, so that no line can arrive behind a checkpoint.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7305100)")
        cursor.execute(WRITE, [worth_lines])
        written = int(cursor.rowcount)
    if written:
        record_deed(verb="CHECKPOINTS_WRITTEN", subject="ledger", now=now, facts={"n": written})
    return written
