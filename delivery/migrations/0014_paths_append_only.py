"""Measurements of ways are written once."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("delivery", "0013_paths")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER delivery_pathmeasurement_is_append_only BEFORE UPDATE OR DELETE"
            " ON delivery_pathmeasurement FOR EACH ROW EXECUTE FUNCTION delivery_refuse_change();",
            "DROP TRIGGER delivery_pathmeasurement_is_append_only ON delivery_pathmeasurement;",
        )
    ]
