"""The market hears of members that were admitted, suspended or changed hands."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON accounts_member
    FOR EACH STATEMENT EXECUTE FUNCTION timetable_note_change('member');
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_append_only"), ("timetable", "0003_change_log")]
    operations = [
        migrations.RunSQL(TRIGGER, "DROP TRIGGER note_change ON accounts_member"),
    ]
