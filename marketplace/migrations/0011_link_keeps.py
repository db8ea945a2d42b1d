"""What the database itself keeps of links: nothing oversold, nothing rewritten, changes noted."""

from django.db import migrations

KEEPS = """
CREATE FUNCTION marketplace_link_holds(capacity integer, sold integer[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT cardinality(sold) = 24 AND coalesce(
        (SELECT bool_and(s >= 0 AND s <= capacity) FROM unnest(sold) AS t(s)), false)
$$;
ALTER TABLE marketplace_linkday ADD CONSTRAINT link_is_not_oversold
    CHECK (marketplace_link_holds(capacity_gbps, sold_gbps));
CREATE TRIGGER link_trade_is_history BEFORE UPDATE OR DELETE ON marketplace_linktrade
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
DROP TRIGGER note_change ON marketplace_carrierlink;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON marketplace_carrierlink
    FOR EACH STATEMENT EXECUTE FUNCTION timetable_note_change('link');
"""


class Migration(migrations.Migration):
    """Checks and triggers that Django's models cannot say."""

    dependencies = [("marketplace", "0010_links")]
    operations = [migrations.RunSQL(KEEPS, migrations.RunSQL.noop)]
