"""What the database itself keeps of the market: capacity, free devices, numbers, history."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION marketplace_add_slots(a integer[], b integer[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(x + y ORDER BY slot) FROM unnest(a, b) WITH ORDINALITY AS t(x, y, slot)
$$;

CREATE FUNCTION marketplace_slots_hold(installed integer, in_orders integer[], contracted integer[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT cardinality(in_orders) = 24 AND cardinality(contracted) = 24 AND coalesce(
        (SELECT bool_and(o >= 0 AND c >= 0 AND o + c <= installed)
         FROM unnest(in_orders, contracted) AS t(o, c)), false)
$$;

CREATE FUNCTION marketplace_free_holds(
    devices integer, free integer[], starts_at timestamptz, ends_at timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT cardinality(free) = extract(epoch FROM ends_at - starts_at)::bigint / 3600 AND coalesce(
        (SELECT bool_and(f >= 0 AND f <= devices) FROM unnest(free) AS t(f)), false)
$$;

CREATE FUNCTION marketplace_number_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last bigint;
BEGIN
    SELECT max(number) INTO last FROM marketplace_marketevent;
    IF NEW.number <> coalesce(last, 0) + 1 THEN
        RAISE EXCEPTION 'market event % does not follow %', NEW.number, coalesce(last, 0)
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION marketplace_is_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

CONSTRAINTS = """
ALTER TABLE marketplace_capacityday ADD CONSTRAINT capacity_is_not_oversold
    CHECK (marketplace_slots_hold(installed, in_orders, contracted));
ALTER TABLE marketplace_listing ADD CONSTRAINT listing_free_is_held
    CHECK (marketplace_free_holds(devices, free, starts_at, ends_at));
ALTER TABLE marketplace_order ADD CONSTRAINT order_filled_within_amount CHECK (filled <= amount);
CREATE TRIGGER market_event_number_follows BEFORE INSERT ON marketplace_marketevent
    FOR EACH ROW EXECUTE FUNCTION marketplace_number_follows();
CREATE TRIGGER market_event_is_history BEFORE UPDATE OR DELETE ON marketplace_marketevent
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
CREATE TRIGGER trade_is_history BEFORE UPDATE OR DELETE ON marketplace_trade
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
CREATE TRIGGER execution_is_history BEFORE UPDATE OR DELETE ON marketplace_execution
    FOR EACH ROW EXECUTE FUNCTION marketplace_is_history();
"""

UNDO = """
DROP TRIGGER execution_is_history ON marketplace_execution;
DROP TRIGGER trade_is_history ON marketplace_trade;
DROP TRIGGER market_event_is_history ON marketplace_marketevent;
DROP TRIGGER market_event_number_follows ON marketplace_marketevent;
ALTER TABLE marketplace_order DROP CONSTRAINT order_filled_within_amount;
ALTER TABLE marketplace_listing DROP CONSTRAINT listing_free_is_held;
ALTER TABLE marketplace_capacityday DROP CONSTRAINT capacity_is_not_oversold;
DROP FUNCTION marketplace_is_history(), marketplace_number_follows(),
    marketplace_free_holds(integer, integer[], timestamptz, timestamptz),
    marketplace_slots_hold(integer, integer[], integer[]),
    marketplace_add_slots(integer[], integer[]);
"""


class Migration(migrations.Migration):
    """Checks and triggers that Django's models cannot say."""

    dependencies = [("marketplace", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTIONS + CONSTRAINTS, UNDO)]
