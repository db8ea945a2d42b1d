"""The promises about lines, looked up by index and only where something is new.

An order's hold is a figure of its row now; lines on accounts of order holds name no hold, though
those written before do. A turn of the market may note balances itself.
"""

from django.db import migrations

# The tables grow while a session keeps its plans: a plan made when they were small reads them whole.
BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

BALANCED = f"""
CREATE OR REPLACE FUNCTION ledger_lines_balance() RETURNS trigger LANGUAGE plpgsql
{BY_INDEX} AS $$
DECLARE broken text;
BEGIN
    -- What was written before is balanced: so must be what is new.
    SELECT string_agg(l.entry_id::text, ', ') INTO broken FROM (
        SELECT entry_id FROM fresh GROUP BY entry_id HAVING sum(amount_micros) <> 0
    ) l;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'the lines of entry % do not sum to zero', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_balanced';
    END IF;
    SELECT string_agg(f.id::text, ', ') INTO broken
    FROM fresh f LEFT JOIN ledger_account a ON a.id = f.account_id
    LEFT JOIN ledger_hold h ON h.id = f.hold_id
    WHERE CASE a.kind WHEN 'AGREEMENT_HOLDS' THEN f.hold_id IS NULL
                      WHEN 'ORDER_HOLDS' THEN false ELSE f.hold_id IS NOT NULL END
       OR a.id IS NULL
       OR (f.hold_id IS NOT NULL AND (h.id IS NULL OR h.kind <> a.kind
                                      OR h.member_id <> a.member_id));
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'line % does not fit its hold', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'line_fits_its_hold';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION ledger_entry_has_lines() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
    IF (SELECT count(*) FROM ledger_entryline WHERE entry_id = NEW.id) < 2 THEN
        RAISE EXCEPTION 'entry % has fewer than two lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_lines';
    END IF;
    RETURN NULL;
END $$;
"""
NOT_NEGATIVE = f"""
CREATE OR REPLACE FUNCTION ledger_none_negative() RETURNS trigger LANGUAGE plpgsql
{BY_INDEX} AS $$
DECLARE debited bigint[]; taken bigint[]; one bigint;
BEGIN
    SELECT array_agg(DISTINCT account_id ORDER BY account_id), array_agg(DISTINCT hold_id)
    INTO debited, taken FROM fresh WHERE amount_micros < 0;
    PERFORM 1 FROM ledger_account
    WHERE id = ANY(debited) AND member_id IS NOT NULL ORDER BY id FOR NO KEY UPDATE;
    SELECT id INTO one FROM ledger_account
    WHERE id = ANY(debited) AND member_id IS NOT NULL AND ledger_balance(id) < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % would be overdrawn', one
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_not_negative';
    END IF;
    FOREACH one IN ARRAY array_remove(coalesce(taken, '{{}}'), NULL) LOOP
        IF (SELECT sum(amount_micros) FROM ledger_entryline WHERE hold_id = one) < 0 THEN
            RAISE EXCEPTION 'hold % would be overdrawn', one
                USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_is_not_negative';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""
NOTE_BALANCES = """
-- The gate is taken alone or not at all: the lines are read when no other posting is under way.
CREATE FUNCTION ledger_note_balances(keys text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF pg_try_advisory_xact_lock(7305100) THEN
        INSERT INTO ledger_checkpoint (account_id, line_id, balance_micros)
        SELECT a.id, newest.id, ledger_balance(a.id) FROM ledger_account a
        CROSS JOIN LATERAL (SELECT l.id FROM ledger_entryline l
                            WHERE l.account_id = a.id ORDER BY l.id DESC LIMIT 1) newest
        WHERE a.key = ANY(keys)
        ON CONFLICT DO NOTHING;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_fewer_looks_a_row")]
    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in (BALANCED, NOT_NEGATIVE, NOTE_BALANCES)
    ]
