"""Notes of changed facts, written by triggers: no writer can forget one."""

from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION timetable_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO timetable_factchange (kind) VALUES (TG_ARGV[0]);
    RETURN NULL;
END $$
"""
TRIGGERS = """
CREATE TRIGGER note_change AFTER INSERT ON timetable_clockrow
    FOR EACH STATEMENT EXECUTE FUNCTION timetable_note_change('clock');
CREATE TRIGGER note_change AFTER INSERT ON timetable_gaterule
    FOR EACH STATEMENT EXECUTE FUNCTION timetable_note_change('clock');
"""


class Migration(migrations.Migration):
    dependencies = [("timetable", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="FactChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
            ],
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION timetable_note_change() CASCADE"),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
