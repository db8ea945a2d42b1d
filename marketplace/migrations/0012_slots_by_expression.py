"""Sums and checks of slots as plain expressions, which the planner takes into the statement.

A function with a query inside is a query of its own for each row that it checks, and one in a
constraint is read anew by each statement.
"""

from django.db import migrations

SLOTS = range(1, 25)
SUMS = ", ".join(f"a[{slot}] + b[{slot}]" for slot in SLOTS)
WITHIN = " AND ".join(f"in_orders[{slot}] + contracted[{slot}] <= installed" for slot in SLOTS)

EXPRESSIONS = f"""
CREATE OR REPLACE FUNCTION marketplace_add_slots(a integer[], b integer[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY[{SUMS}]
$$;
ALTER TABLE marketplace_capacityday DROP CONSTRAINT capacity_is_not_oversold;
ALTER TABLE marketplace_capacityday ADD CONSTRAINT capacity_is_not_oversold CHECK (
    coalesce(cardinality(in_orders) = 24 AND cardinality(contracted) = 24
        AND 0 <= ALL(in_orders) AND 0 <= ALL(contracted) AND {WITHIN}, false));
ALTER TABLE marketplace_listing DROP CONSTRAINT listing_free_is_held;
ALTER TABLE marketplace_listing ADD CONSTRAINT listing_free_is_held CHECK (
    coalesce(cardinality(free) = extract(epoch FROM ends_at - starts_at)::bigint / 3600
        AND 0 <= ALL(free) AND devices >= ALL(free), false));
ALTER TABLE marketplace_linkday DROP CONSTRAINT link_is_not_oversold;
ALTER TABLE marketplace_linkday ADD CONSTRAINT link_is_not_oversold CHECK (
    coalesce(cardinality(sold_gbps) = 24
        AND 0 <= ALL(sold_gbps) AND capacity_gbps >= ALL(sold_gbps), false));
DROP FUNCTION marketplace_link_holds(integer, integer[]),
    marketplace_free_holds(integer, integer[], timestamptz, timestamptz),
    marketplace_slots_hold(integer, integer[], integer[]);
"""
NUMBERS = """
CREATE OR REPLACE FUNCTION marketplace_numbers_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first bigint; last bigint; rows bigint;
BEGIN
    SELECT min(number), max(number), count(*) INTO first, last, rows FROM fresh;
    IF last - first + 1 <> rows OR first < 1 OR (first > 1 AND NOT EXISTS (
            SELECT FROM marketplace_marketevent WHERE number = first - 1)) THEN
        RAISE EXCEPTION 'market events % to % (% of them) do not follow %', first, last, rows,
            coalesce((SELECT max(number) FROM marketplace_marketevent WHERE number < first), 0)
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
# Rows that turns change again and again: room beside them spares every index a new entry.
ROOM = """
ALTER TABLE marketplace_capacityday SET (fillfactor = 50);
ALTER TABLE marketplace_linkday SET (fillfactor = 50);
ALTER TABLE marketplace_listing SET (fillfactor = 70);
ALTER TABLE marketplace_order SET (fillfactor = 90);
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0011_link_keeps")]
    operations = [
        migrations.RunSQL(EXPRESSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(NUMBERS, migrations.RunSQL.noop),
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
    ]
