"""The audit trail is written once: the database refuses to change or delete its rows."""

from django.db import migrations

TABLES = ("accounts_deed", "accounts_sealeddeed", "accounts_seal", "accounts_dailyhead")
FUNCTION = """
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
ROWS = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change()
"""
WHOLE = """
CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION accounts_refuse_change() CASCADE"),
        *(
            migrations.RunSQL(statement.format(table=table), migrations.RunSQL.noop)
            for table in TABLES
            for statement in (ROWS, WHOLE)
        ),
    ]
