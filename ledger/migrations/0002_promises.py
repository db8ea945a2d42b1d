"""What the database itself promises about money, whatever the code does."""

from django.db import migrations

BALANCE = """
-- One definition of a balance: the newest checkpoint plus the lines after it.
CREATE FUNCTION ledger_balance(wanted bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    WITH newest AS (
        SELECT line_id, balance_micros FROM ledger_checkpoint
        WHERE account_id = wanted ORDER BY line_id DESC LIMIT 1
    )
    SELECT (COALESCE((SELECT balance_micros FROM newest), 0) + COALESCE((
        SELECT sum(amount_micros) FROM ledger_entryline
        WHERE account_id = wanted AND id > COALESCE((SELECT line_id FROM newest), 0)
    ), 0))::bigint
$$;
"""
CHECKPOINT_GATE = """
-- A checkpoint may only be taken while no line is under way, or a line with a lower
-- number could arrive behind it. Writers share this lock; the checkpoint takes it alone.
CREATE FUNCTION ledger_pass_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7305100);
    RETURN NULL;
END $$;
CREATE TRIGGER entryline_passes_gate BEFORE INSERT ON ledger_entryline
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_pass_gate();
"""
BALANCED = """
CREATE FUNCTION ledger_lines_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
    SELECT string_agg(l.entry_id::text, ', ') INTO broken FROM (
        SELECT entry_id FROM ledger_entryline
        WHERE entry_id IN (SELECT entry_id FROM fresh)
        GROUP BY entry_id HAVING sum(amount_micros) <> 0
    ) l;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'the lines of entry % do not sum to zero', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_balanced';
    END IF;
    SELECT string_agg(f.id::text, ', ') INTO broken
    FROM fresh f JOIN ledger_account a ON a.id = f.account_id
    LEFT JOIN ledger_hold h ON h.id = f.hold_id
    WHERE (a.kind IN ('ORDER_HOLDS', 'AGREEMENT_HOLDS')) IS DISTINCT FROM (h.id IS NOT NULL)
       OR (h.id IS NOT NULL AND (h.kind <> a.kind OR h.member_id <> a.member_id));
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'line % does not fit its hold', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'line_fits_its_hold';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entrylines_balance AFTER INSERT ON ledger_entryline
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_lines_balance();

CREATE FUNCTION ledger_entry_has_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM ledger_entryline WHERE entry_id = NEW.id) < 2 THEN
        RAISE EXCEPTION 'entry % has fewer than two lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_lines';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_has_lines AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_has_lines();
"""
NOT_NEGATIVE = """
-- At commit, under the account's row lock: two debits cannot both count the same funds.
CREATE FUNCTION ledger_not_negative() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger_account
    WHERE id = NEW.account_id AND member_id IS NOT NULL FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF ledger_balance(NEW.account_id) < 0 THEN
        RAISE EXCEPTION 'account % would be overdrawn', NEW.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_not_negative';
    END IF;
    IF NEW.hold_id IS NOT NULL
       AND (SELECT sum(amount_micros) FROM ledger_entryline WHERE hold_id = NEW.hold_id) < 0 THEN
        RAISE EXCEPTION 'hold % would be overdrawn', NEW.hold_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_is_not_negative';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER account_is_not_negative AFTER INSERT ON ledger_entryline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.amount_micros < 0)
    EXECUTE FUNCTION ledger_not_negative();
"""
TABLES = ("ledger_entry", "ledger_entryline", "ledger_hold", "ledger_checkpoint")
APPEND_ONLY = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
""" + "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();"
    f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();"
    for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(sql, reverse_sql=migrations.RunSQL.noop)
        for sql in (BALANCE, CHECKPOINT_GATE, BALANCED, NOT_NEGATIVE, APPEND_ONLY)
    ]
