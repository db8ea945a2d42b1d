"""Readings, seals, tests and events of links are written once."""

from django.db import migrations

TABLES = (
    "delivery_linkevent",
    "delivery_linktest",
    "delivery_linkreading",
    "delivery_sealedlinkhour",
)


class Migration(migrations.Migration):

    dependencies = [("delivery", "0010_links")]

    operations = [
        migrations.RunSQL(
            "".join(
                f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION delivery_refuse_change();"
                for table in TABLES
            ),
            "".join(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in TABLES),
        )
    ]
