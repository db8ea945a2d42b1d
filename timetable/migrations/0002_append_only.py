"""Clock rows and gate rules are written once, and market time never goes back."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION timetable_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
ROWS = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION timetable_refuse_change()
"""
WHOLE = """
CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION timetable_refuse_change()
"""
FORWARDS = """
CREATE FUNCTION timetable_clock_goes_forwards() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE latest timetable_clockrow;
BEGIN
    SELECT * INTO latest FROM timetable_clockrow ORDER BY id DESC LIMIT 1;
    -- What a clock left running showed to nobody may be taken back, but no further.
    IF FOUND AND NEW.market_origin < latest.market_origin THEN
        RAISE EXCEPTION 'market time never goes back'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER timetable_clock_goes_forwards BEFORE INSERT ON timetable_clockrow
    FOR EACH ROW EXECUTE FUNCTION timetable_clock_goes_forwards()
"""


class Migration(migrations.Migration):
    dependencies = [("timetable", "0001_initial")]
    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION timetable_refuse_change() CASCADE"),
        migrations.RunSQL(FORWARDS, "DROP FUNCTION timetable_clock_goes_forwards() CASCADE"),
        migrations.RunSQL(TRIGGER, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(statement.format(table=table), migrations.RunSQL.noop)
            for table in ("timetable_clockrow", "timetable_gaterule")
            for statement in (ROWS, WHOLE)
        ),
    ]
