"""Readings, batches, seals, verdicts, events and output are written once."""

from django.db import migrations

TABLES = (
    "delivery_acceptancetest",
    "delivery_allocationevent",
    "delivery_joblog",
    "delivery_reading",
    "delivery_readingbatch",
    "delivery_sealedusage",
)

FUNCTION = """
CREATE FUNCTION delivery_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def _triggers() -> str:
    return "".join(
        f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION delivery_refuse_change();"
        for table in TABLES
    )


class Migration(migrations.Migration):

    dependencies = [("delivery", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FUNCTION + _triggers(),
            "DROP FUNCTION delivery_refuse_change() CASCADE;",
        )
    ]
