"""Versions, signatures, standard terms and acceptances are written once."""

from django.db import migrations

TABLES = (
    "contracts_agreementversion",
    "contracts_signature",
    "contracts_standardterms",
    "contracts_termsacceptance",
)

FUNCTION = """
CREATE FUNCTION contracts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def _triggers() -> str:
    return "".join(
        f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION contracts_refuse_change();"
        for table in TABLES
    )


class Migration(migrations.Migration):

    dependencies = [("contracts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FUNCTION + _triggers(),
            "DROP FUNCTION contracts_refuse_change() CASCADE;",
        )
    ]
