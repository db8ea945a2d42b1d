"""The same promise about overdrawn accounts, kept once a statement instead of once a line.

A turn of the market writes hundreds of lines over a few accounts: each account is locked and
summed once. The check comes with the statement, under the accounts' row locks, which last until
the commit: two debits cannot both count the same funds.
"""

from django.db import migrations

NOT_NEGATIVE = """
DROP TRIGGER account_is_not_negative ON ledger_entryline;
DROP FUNCTION ledger_not_negative();
CREATE FUNCTION ledger_none_negative() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken bigint;
BEGIN
    PERFORM 1 FROM ledger_account
    WHERE member_id IS NOT NULL
      AND id IN (SELECT account_id FROM fresh WHERE amount_micros < 0)
    ORDER BY id FOR NO KEY UPDATE;
    SELECT a.id INTO broken FROM ledger_account a
    WHERE a.member_id IS NOT NULL
      AND a.id IN (SELECT account_id FROM fresh WHERE amount_micros < 0)
      AND ledger_balance(a.id) < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % would be overdrawn', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_is_not_negative';
    END IF;
    SELECT l.hold_id INTO broken FROM ledger_entryline l
    WHERE l.hold_id IN (SELECT hold_id FROM fresh WHERE amount_micros < 0)
    GROUP BY l.hold_id HAVING sum(l.amount_micros) < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'hold % would be overdrawn', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_is_not_negative';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER account_is_not_negative AFTER INSERT ON ledger_entryline
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_none_negative();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_note_changes")]
    operations = [migrations.RunSQL(NOT_NEGATIVE, migrations.RunSQL.noop)]
