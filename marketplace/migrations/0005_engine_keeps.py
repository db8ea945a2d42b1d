"""What the database keeps of the engine's work: whole batches, numbered once, never rewritten."""

from django.db import migrations

# A batch's events are checked together: one look instead of one a row.
NUMBERS = """
DROP TRIGGER market_event_number_follows ON marketplace_marketevent;
DROP FUNCTION marketplace_number_follows();
CREATE FUNCTION marketplace_numbers_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first bigint; last bigint; rows bigint; before bigint;
BEGIN
    SELECT min(number), max(number), count(*) INTO first, last, rows FROM fresh;
    IF rows = 0 THEN
        RETURN NULL;
    END IF;
    SELECT max(number) INTO before FROM marketplace_marketevent WHERE number < first;
    IF first <> coalesce(before, 0) + 1 OR last - first + 1 <> rows THEN
        RAISE EXCEPTION 'market events % to % (% of them) do not follow %',
            first, last, rows, coalesce(before, 0) USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER market_event_numbers_follow AFTER INSERT ON marketplace_marketevent
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace_numbers_follow();
"""
JOURNAL = """
CREATE FUNCTION marketplace_journal_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> coalesce((SELECT max(number) FROM marketplace_journalbatch), 0) + 1 THEN
        RAISE EXCEPTION 'journal batch % does not follow', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_follows BEFORE INSERT ON marketplace_journalbatch
    FOR EACH ROW EXECUTE FUNCTION marketplace_journal_follows();
CREATE TRIGGER journal_is_history BEFORE UPDATE OR DELETE ON marketplace_journalbatch
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
CREATE TRIGGER command_record_is_history BEFORE UPDATE OR DELETE ON marketplace_commandrecord
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
"""
# Of a pool only what the book reads: a site's own use is reported often and changes nothing here.
NOTES = "".join(
    f"CREATE TRIGGER note_change AFTER {event} ON marketplace_{table}"
    f" FOR EACH STATEMENT EXECUTE FUNCTION timetable_note_change('{kind}');"
    for table, kind, event in (
        ("site", "pool", "INSERT OR DELETE OR UPDATE OF owner_id, zone_id, pue_thousandths,"
         " carbon_g_per_kwh, active"),
        ("pool", "pool", "INSERT OR DELETE OR UPDATE OF site_id, chip_id, devices,"
         " devices_per_node, scale_up_gbs, scale_out_gbps, active"),
        ("chipmodel", "pool", "INSERT OR UPDATE OR DELETE"),
        ("conversionfactor", "pool", "INSERT OR UPDATE OR DELETE"),
        ("networkmeasurement", "pool", "INSERT OR UPDATE OR DELETE"),
        ("carrierlink", "pool", "INSERT OR UPDATE OR DELETE"),
        ("zone", "pool", "INSERT OR UPDATE OR DELETE"),
        ("city", "pool", "INSERT OR UPDATE OR DELETE"),
        ("referenceprice", "reference", "INSERT OR UPDATE OR DELETE"),
        ("halt", "halt", "INSERT OR DELETE OR UPDATE OF resumed_at"),
        ("tradinglimit", "limit", "INSERT OR UPDATE OR DELETE"),
    )
)


class Migration(migrations.Migration):
    """Triggers that Django's models cannot say."""

    dependencies = [
        ("marketplace", "0004_engine"),
        ("timetable", "0003_change_log"),
        ("accounts", "0003_note_changes"),
        ("ledger", "0003_note_changes"),
    ]
    operations = [
        migrations.RunSQL(NUMBERS, migrations.RunSQL.noop),
        migrations.RunSQL(JOURNAL, migrations.RunSQL.noop),
        migrations.RunSQL(NOTES, migrations.RunSQL.noop),
    ]
