"""One trigger looks at the lines of a statement, instead of two that read them again."""

from django.db import migrations

ONE_CHECK = """
DROP TRIGGER entrylines_balance ON ledger_entryline;
DROP TRIGGER account_is_not_negative ON ledger_entryline;
DROP FUNCTION ledger_lines_balance();
DROP FUNCTION ledger_none_negative();
CREATE FUNCTION ledger_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text; one bigint; accounts bigint[]; debited bigint[]; holds bigint[]; taken bigint[];
BEGIN
    SELECT array_agg(DISTINCT account_id), array_agg(DISTINCT hold_id),
           array_agg(DISTINCT account_id) FILTER (WHERE amount_micros < 0),
           array_agg(DISTINCT hold_id) FILTER (WHERE amount_micros < 0)
    INTO accounts, holds, debited, taken FROM fresh;
    -- What was written before is balanced: so must be what is new.
    SELECT string_agg(l.entry_id::text, ', ') INTO broken FROM (
        SELECT entry_id FROM fresh GROUP BY entry_id HAVING sum(amount_micros) <> 0
    ) l;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'the lines of entry % do not sum to zero', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_balanced';
    END IF;
    SELECT string_agg(f.id::text, ', ') INTO broken FROM fresh f
    LEFT JOIN (SELECT id, kind, member_id FROM ledger_account WHERE id = ANY(accounts) OFFSET 0) a
        ON a.id = f.account_id
    LEFT JOIN (SELECT id, kind, member_id FROM ledger_hold WHERE id = ANY(holds) OFFSET 0) h
        ON h.id = f.hold_id
    WHERE a.id IS NULL
       OR CASE a.kind WHEN 'AGREEMENT_HOLDS' THEN f.hold_id IS NULL
                      WHEN 'ORDER_HOLDS' THEN false ELSE f.hold_id IS NOT NULL END
       OR (f.hold_id IS NOT NULL
           AND (h.kind, h.member_id) IS DISTINCT FROM (a.kind, a.member_id));
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'line % does not fit its hold', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'line_fits_its_hold';
    END IF;
    -- Under the accounts' row locks, which last until the commit: two debits cannot both count
    -- the same funds.
    PERFORM 1 FROM ledger_account
    WHERE id = ANY(debited) AND member_id IS NOT NULL ORDER BY id FOR NO KEY UPDATE;
    SELECT a.id INTO one FROM ledger_account a
    LEFT JOIN LATERAL (
        SELECT line_id, balance_micros FROM ledger_checkpoint
        WHERE account_id = a.id ORDER BY line_id DESC LIMIT 1) c ON true
    WHERE a.id = ANY(debited) AND a.member_id IS NOT NULL
      AND COALESCE(c.balance_micros, 0) + (
          SELECT sum(amount_micros) FROM ledger_entryline l
          WHERE l.account_id = a.id AND l.id > COALESCE(c.line_id, 0)) < 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % would be overdrawn', one
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_not_negative';
    END IF;
    FOREACH one IN ARRAY array_remove(coalesce(taken, '{}'), NULL) LOOP
        IF (SELECT sum(amount_micros) FROM ledger_entryline WHERE hold_id = one) < 0 THEN
            RAISE EXCEPTION 'hold % would be overdrawn', one
                USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_is_not_negative';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER lines_keep_the_book AFTER INSERT ON ledger_entryline
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_lines();
CREATE OR REPLACE FUNCTION ledger_entry_has_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- No line is empty, and lines balance: one line means two.
    IF NOT EXISTS (SELECT FROM ledger_entryline WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has fewer than two lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_lines';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_turns_of_the_market")]
    operations = [migrations.RunSQL(ONE_CHECK, migrations.RunSQL.noop)]
