"""What the database itself keeps of links in auctions: no Gbit/s is for sale twice."""

from django.db import migrations

KEEPS = """
CREATE FUNCTION marketplace_link_holds(
    capacity integer, sold integer[], in_auctions integer[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF NOT coalesce(cardinality(sold) = 24 AND cardinality(in_auctions) = 24
            AND 0 <= ALL(sold) AND 0 <= ALL(in_auctions), false) THEN
        RETURN false;
    END IF;
    FOR slot IN 1..24 LOOP
        IF sold[slot] + in_auctions[slot] > capacity THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$;
ALTER TABLE marketplace_linkday DROP CONSTRAINT link_is_not_oversold;
ALTER TABLE marketplace_linkday ADD CONSTRAINT link_is_not_oversold
    CHECK (marketplace_link_holds(capacity_gbps, sold_gbps, in_auctions_gbps));
-- The engine is told what stands in auctions as a fact of the link.
CREATE TRIGGER note_auctions AFTER UPDATE OF in_auctions_gbps ON marketplace_linkday
    FOR EACH STATEMENT EXECUTE FUNCTION timetable_note_change('link');
CREATE TRIGGER auction_link_is_history BEFORE UPDATE OR DELETE ON marketplace_auctionlink
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0019_auction_links"), ("timetable", "0003_change_log")]
    operations = [migrations.RunSQL(KEEPS, migrations.RunSQL.noop)]
