"""Corrupt the books on purpose, past every promise of the database, in a test's transaction.

Each corruption names the proof that must find it. `{ada}` and `{ben}` are the members,
`{settled}` is the entry of a settlement.
"""

from django.db import connection

USER_TRIGGERS = """
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger
WHERE NOT tgisinternal
  AND tgrelid::regclass::text ~ '^(ledger|billing|marketplace|contracts|delivery)_'
"""

CORRUPTIONS: dict[str, tuple[str, str]] = {
    "a line loses one micro": (
        "LEDGER-01",
        """UPDATE ledger_entryline SET amount_micros = amount_micros - 1
           WHERE id = (SELECT min(id) FROM ledger_entryline)""",
    ),
    "a line is deleted": (
        "LEDGER-02",
        "DELETE FROM ledger_entryline WHERE id = (SELECT min(id) FROM ledger_entryline)",
    ),
    "an entry without lines": (
        "LEDGER-01",
        """INSERT INTO ledger_entry (key, kind, booked_at, facts)
           VALUES ('x', 'X', now(), '{}')""",
    ),
    "a checkpoint is off by a micro": (
        "LEDGER-03",
        """UPDATE ledger_checkpoint SET balance_micros = balance_micros + 1
           WHERE id = (SELECT min(id) FROM ledger_checkpoint)""",
    ),
    "a settlement is doubled, balanced": (
        "BILLING-05",
        """UPDATE ledger_entryline SET amount_micros = 2 * amount_micros
           WHERE entry_id = {settled}""",
    ),
    "an overdrawn member": (
        "LEDGER-04",
        """INSERT INTO ledger_entryline (entry_id, account_id, amount_micros)
           SELECT {settled}, id, sign * 9 * 10::bigint^13 FROM ledger_account,
           (VALUES ('trading:{ben}', -1), ('bank:transfer', 1)) v(k, sign) WHERE key = k""",
    ),
    "a hold that gave more than it was": (
        "LEDGER-05",
        """INSERT INTO ledger_entryline (entry_id, account_id, hold_id, amount_micros)
           SELECT {settled}, a.id, h.id, CASE h.reason WHEN b.low THEN -h.amount_micros * 2
               ELSE h.amount_micros END
           FROM ledger_hold h JOIN ledger_account a USING (member_id, kind),
           (SELECT min(reason) AS low FROM ledger_hold WHERE kind = 'AGREEMENT_HOLDS') b
           WHERE a.kind = 'AGREEMENT_HOLDS'""",
    ),
    "held funds without a reason": (
        "LEDGER-06",
        """UPDATE ledger_entryline SET hold_id = NULL
           WHERE id = (SELECT max(id) FROM ledger_entryline WHERE hold_id IS NOT NULL)""",
    ),
    "a hold that says another amount": (
        "LEDGER-07",
        """UPDATE ledger_hold SET amount_micros = amount_micros + 1
           WHERE id = (SELECT min(id) FROM ledger_hold)""",
    ),
    "a line of an entry that nobody wrote": (
        "LEDGER-09",
        "UPDATE ledger_entryline SET entry_id = -1 WHERE entry_id = {settled}",
    ),
    "an entry that itemises another order": (
        "LEDGER-10",
        """UPDATE ledger_entry SET facts = jsonb_set(facts, '{held}', '{"1": 7}')
           WHERE id = (SELECT min(id) FROM ledger_entry WHERE facts ? 'held')""",
    ),
    "a member without accounts": (
        "LEDGER-08",
        "UPDATE ledger_account SET key = 'other:' || id WHERE key = 'payable:{ada}'",
    ),
    "an order ended and still holds": (
        "BILLING-01",
        """UPDATE marketplace_order SET state = 'CANCELLED', ended_at = accepted_at
           WHERE state = 'OPEN'""",
    ),
    "an open order that says another hold": (
        "BILLING-01",
        "UPDATE marketplace_order SET held_micros = held_micros + 1 WHERE state = 'OPEN'",
    ),
    "an order that gave more than it held": (
        "BILLING-02",
        "UPDATE marketplace_order SET held_micros = 1 WHERE filled > 0",
    ),
    "a trade that says another hold": (
        "BILLING-03",
        "UPDATE marketplace_trade SET held_micros = held_micros + 1",
    ),
    "an agreement ended and still holds": (
        "BILLING-04",
        """UPDATE contracts_agreement SET state = 'COMPLETED', ended_at = ends_at
           WHERE state = 'IN_FORCE'""",
    ),
    "a settlement that says another fee": (
        "BILLING-05",
        "UPDATE billing_settlement SET fee_micros = fee_micros + 1",
    ),
    "a settlement is deleted": (
        "BILLING-06",
        "DELETE FROM billing_settlement WHERE id = (SELECT min(id) FROM billing_settlement)",
    ),
    "damages that nobody posted": (
        "BILLING-07",
        """INSERT INTO billing_damagespayment (agreement_id, amount_micros, paid_at)
           SELECT min(id), 1, now() FROM contracts_agreement""",
    ),
    "a completed agreement is reopened": (
        "BILLING-08",
        """UPDATE contracts_agreement SET state = 'IN_FORCE', ended_at = NULL
           WHERE state = 'COMPLETED'""",
    ),
    "a meter that is changed after the settlement": (
        "rated anew",
        """UPDATE delivery_sealedusage
           SET delivered_device_seconds = delivered_device_seconds - 1
           WHERE delivered_device_seconds > 0""",
    ),
    "a substitute that nobody pays for": (
        "BILLING-24",
        """INSERT INTO delivery_substitution (of_allocation_id, attempt, state, state_since, reason,
               opened_at, ends_at, orders, covers_from, share_micros, cap_micros, released_micros,
               advance_micros, cost_micros, replacement_id)
           SELECT a.id, 1, 'REPLACED', a.starts_at, '', a.starts_at, a.ends_at, 1, a.ends_at
               - interval '1 hour', 0, 9, 0, 0, 9, a.agreement_id
           FROM delivery_allocation a ORDER BY a.id LIMIT 1""",
    ),
    "hours of a substitute that are paid twice": (
        "BILLING-25",
        """INSERT INTO delivery_substitution (of_allocation_id, attempt, state, state_since, reason,
               opened_at, ends_at, orders, covers_from, share_micros, cap_micros, released_micros,
               advance_micros, cost_micros, replacement_id)
           SELECT a.id, 1, 'REPLACED', a.starts_at, '', a.starts_at, a.ends_at, 1, a.starts_at,
               0, 0, 0, 0, 0, a.agreement_id
           FROM delivery_allocation a ORDER BY a.id LIMIT 1""",
    ),
    "a link that says another hold": (
        "BILLING-18",
        "UPDATE marketplace_linktrade SET held_micros = held_micros + 1",
    ),
    "a link's settlement is deleted": (
        "BILLING-19",
        """DELETE FROM billing_settlement WHERE agreement_id IN
           (SELECT id FROM contracts_agreement WHERE link_trade_id IS NOT NULL)""",
    ),
    "a carrier is paid for more than was carried": (
        "BILLING-20",
        """UPDATE billing_settlement SET value_micros = value_micros + 1 WHERE agreement_id IN
           (SELECT id FROM contracts_agreement WHERE link_trade_id IS NOT NULL)""",
    ),
    "a carrier's settlement that was never posted": (
        "BILLING-05",
        """UPDATE billing_settlement SET fee_micros = fee_micros + 1 WHERE agreement_id IN
           (SELECT id FROM contracts_agreement WHERE link_trade_id IS NOT NULL)""",
    ),
    "a carrier's meter that is changed": (
        "rated anew",
        """UPDATE contracts_agreementversion SET terms = jsonb_set(terms, '{gbps}', '9')
           WHERE terms ? 'gbps'""",
    ),
    "what came back of a link is forgotten": (
        "BILLING-21",
        """UPDATE billing_settlement SET released_micros = released_micros - 1
           WHERE released_micros > 0""",
    ),
    "a link's own meter is changed after the settlement": (
        "BILLING-22",
        """UPDATE delivery_sealedlinkhour SET moved_mb = moved_mb + 1 WHERE moved_mb > 0""",
    ),
    "a metered link is settled by an hour of the devices": (
        "BILLING-22",
        """UPDATE billing_settlement SET link_hour_id = NULL, available_gbps_seconds = 0,
           moved_mb = 0, usage_id = (SELECT min(id) FROM delivery_sealedusage)
           WHERE link_hour_id = (SELECT max(link_hour_id) FROM billing_settlement)""",
    ),
    "a metered link cost a micro more": (
        "BILLING-23",
        """UPDATE billing_settlement SET value_micros = value_micros + 1
           WHERE link_hour_id = (SELECT min(link_hour_id) FROM billing_settlement)""",
    ),
    "a metered link's settlement is deleted": (
        "BILLING-06",
        """DELETE FROM billing_settlement
           WHERE link_hour_id = (SELECT min(link_hour_id) FROM billing_settlement)""",
    ),
    "an invoice's number is skipped": (
        "BILLING-09",
        "UPDATE billing_invoice SET sequence = sequence + 1 WHERE issuer_id = {ada}",
    ),
    "an invoice says a fen more": (
        "BILLING-10",
        "UPDATE billing_invoice SET net_fen = net_fen + 1, total_fen = total_fen + 1",
    ),
    "the residue is not that of the papers": (
        "BILLING-11",
        "UPDATE billing_invoice SET residue_micros = residue_micros + 1",
    ),
    "a payout is raised": (
        "BILLING-12",
        "UPDATE billing_payout SET amount_fen = amount_fen + 1",
    ),
    "an invoice of a day without deliveries": (
        "BILLING-13",
        "UPDATE billing_invoice SET delivery_day = delivery_day - 1",
    ),
    "a deposit was received and never credited": (
        "BILLING-14",
        "UPDATE billing_deposit SET amount_fen = amount_fen + 1",
    ),
    "a withdrawal of another amount": (
        "BILLING-15",
        "UPDATE billing_withdrawal SET amount_fen = amount_fen - 1",
    ),
    "a refund is forgotten": (
        "BILLING-16",
        "UPDATE billing_refund SET state = 'PAID'",
    ),
    "a deposit returns twice": (
        "BILLING-17",
        "UPDATE billing_refund SET amount_fen = amount_fen + 5000",
    ),
}


def plant(statement: str, **names: int) -> None:
    """Run SQL with the rooms' triggers off; what it breaks is rolled back with the test."""
    settled = "(SELECT min(id) FROM ledger_entry WHERE kind = 'SETTLEMENT')"
    statement = statement.replace("{settled}", settled)
    for name, number in names.items():
        statement = statement.replace("{" + name + "}", str(number))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(USER_TRIGGERS)
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
