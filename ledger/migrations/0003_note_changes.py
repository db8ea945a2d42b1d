"""The market hears of new tax rates."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON ledger_raterule
    FOR EACH STATEMENT EXECUTE FUNCTION timetable_note_change('rate');
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_promises"), ("timetable", "0003_change_log")]
    operations = [
        migrations.RunSQL(TRIGGER, "DROP TRIGGER note_change ON ledger_raterule"),
    ]
