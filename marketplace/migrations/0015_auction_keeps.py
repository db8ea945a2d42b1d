"""What the database itself keeps of auctions: nothing for sale twice, nothing rewritten."""

from django.db import migrations

SLOTS_HOLD = """
CREATE FUNCTION marketplace_slots_hold(
    installed integer, in_orders integer[], contracted integer[], in_auctions integer[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF NOT coalesce(cardinality(in_orders) = 24 AND cardinality(contracted) = 24
            AND cardinality(in_auctions) = 24 AND 0 <= ALL(in_orders) AND 0 <= ALL(contracted)
            AND 0 <= ALL(in_auctions), false) THEN
        RETURN false;
    END IF;
    FOR slot IN 1..24 LOOP
        IF in_orders[slot] + contracted[slot] + in_auctions[slot] > installed THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$;
ALTER TABLE marketplace_capacityday DROP CONSTRAINT capacity_is_not_oversold;
ALTER TABLE marketplace_capacityday ADD CONSTRAINT capacity_is_not_oversold
    CHECK (marketplace_slots_hold(installed, in_orders, contracted, in_auctions));
DROP FUNCTION marketplace_slots_hold(integer, integer[], integer[]);
"""
# The engine is told what stands in auctions as a fact of the pool.
KEEPS = """
CREATE TRIGGER note_auctions AFTER UPDATE OF in_auctions ON marketplace_capacityday
    FOR EACH STATEMENT EXECUTE FUNCTION timetable_note_change('pool');
CREATE TRIGGER auction_file_is_history BEFORE UPDATE OR DELETE ON marketplace_auctionfile
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
CREATE TRIGGER auction_salt_is_history BEFORE UPDATE OR DELETE ON marketplace_auctionsalt
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0014_auctions"), ("timetable", "0003_change_log")]
    operations = [
        migrations.RunSQL(SLOTS_HOLD, migrations.RunSQL.noop),
        migrations.RunSQL(KEEPS, migrations.RunSQL.noop),
    ]
