"""SQL over the marketplace's tables: one statement writes all rows of one sort of a turn.

Rows travel as one JSON text a statement: it costs less than a parameter a figure, and the
columns are named once.
"""

from collections.abc import Mapping

ORDER_COLUMNS = {
    "id": "bigint",
    "buyer_id": "bigint",
    "placed_by_id": "bigint",
    "client_order_id": "text",
    "content_hash": "text",
    "unit": "text",
    "amount": "bigint",
    "hours": "int",
    "earliest": "timestamptz",
    "latest": "timestamptz",
    "families_allowed": "text[]",
    "families_excluded": "text[]",
    "chips_allowed": "text[]",
    "stack": "text",
    "min_memory_gb": "int",
    "min_scale_up_gbs": "int",
    "min_scale_out_gbps": "int",
    "city_id": "bigint",
    "max_rtt_us": "int",
    "link_gbps": "int",
    "move_gb": "bigint",
    "firmness": "text[]",
    "zones_allowed": "text[]",
    "max_pue_thousandths": "int",
    "max_carbon_g_per_kwh": "int",
    "workload_class": "text",
    "limit_micros": "bigint",
    "budget_micros": "bigint",
    "vat_bp": "int",
    "splittable": "boolean",
    "min_lot_devices": "int",
    "time_in_force": "text",
    "self_trade": "text",
    "expires_at": "timestamptz",
    "state": "text",
    "filled": "bigint",
    "held_micros": "bigint",
    "arrival": "bigint",
    "version": "int",
}
# What a row has that does not say otherwise.
ORDER_DEFAULTS = {
    "families_allowed": "'{}'",
    "families_excluded": "'{}'",
    "chips_allowed": "'{}'",
    "stack": "''",
    "min_memory_gb": "0",
    "min_scale_up_gbs": "0",
    "min_scale_out_gbps": "0",
    "link_gbps": "0",
    "move_gb": "0",
    "firmness": "'{FIRM}'",
    "zones_allowed": "'{}'",
    "workload_class": "'TRAINING'",
    "splittable": "false",
    "min_lot_devices": "1",
    "time_in_force": "'GTC'",
    "self_trade": "'CANCEL_NEWEST'",
    "state": "'OPEN'",
    "filled": "0",
    "version": "1",
}
LISTING_COLUMNS = {
    "id": "bigint",
    "seller_id": "bigint",
    "pool_id": "bigint",
    "client_order_id": "text",
    "content_hash": "text",
    "devices": "int",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "ask_micros": "bigint",
    "min_devices": "int",
    "min_hours": "int",
    "firmness": "text",
    "recall_notice_minutes": "int",
    "state": "text",
    "free": "int[]",
    "arrival": "bigint",
    "accepted_at": "timestamptz",
    "ended_at": "timestamptz",
    "version": "int",
}
EXECUTION_COLUMNS = {"id": "bigint", "arrival": "bigint"}
TRADE_COLUMNS = {
    "id": "bigint",
    "execution_id": "bigint",
    "order_id": "bigint",
    "listing_id": "bigint",
    "buyer_id": "bigint",
    "seller_id": "bigint",
    "pool_id": "bigint",
    "devices": "int",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "price_micros": "bigint",
    "gflops_per_device": "bigint",
    "factor_method": "text",
    "filled": "bigint",
    "value_micros": "bigint",
    "vat_bp": "int",
    "held_micros": "bigint",
    "hour_prices_micros": "bigint[]",
}
EVENT_COLUMNS = {
    "number": "bigint",
    "kind": "text",
    "order_id": "bigint",
    "listing_id": "bigint",
    "facts": "jsonb",
}
RECORD_COLUMNS = {
    "member_id": "bigint",
    "client_id": "text",
    "content_hash": "text",
    "answer": "jsonb",
    "answered_at": "timestamptz",
}
# What changes of an order or listing that rested before this turn.
ORDER_CHANGES = (
    "state",
    "filled",
    "amount",
    "limit_micros",
    "budget_micros",
    "expires_at",
    "held_micros",
    "arrival",
    "version",
)
LISTING_CHANGES = ("state", "free", "devices", "ask_micros", "arrival", "ended_at", "version")


# An order that ends in a turn ends at the turn's time.
_ENDED = "CASE WHEN {state} NOT IN ('OPEN', 'PARTLY_FILLED') THEN %(now)s::timestamptz END"


def insert(
    table: str,
    columns: Mapping[str, str],
    defaults: Mapping[str, str] | None = None,
    **told: str,
) -> str:
    """Return what inserts rows into one of the room's tables; `told` the rows do not bring."""
    found = [
        f"coalesce(r.{name}, {(defaults or {})[name]})" if name in (defaults or {}) else f"r.{name}"
        for name in columns
    ]
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return (
        f"INSERT INTO marketplace_{table} ({', '.join([*columns, *told])})"  # noqa: S608 - our own names
        f" SELECT {', '.join([*found, *told.values()])}"
        f" FROM json_to_recordset(%(rows)s::json) AS r({typed})"
    )


def _update(
    table: str, columns: Mapping[str, str], changes: tuple[str, ...], defaults: Mapping[str, str]
) -> str:
    typed = ", ".join(f"{name} {columns[name]}" for name in ("id", *changes))
    values = {
        name: f"coalesce(r.{name}, {defaults[name]})" if name in defaults else f"r.{name}"
        for name in changes
    }
    if table == "order":
        values["ended_at"] = _ENDED.format(state="r.state")
    return (
        f"UPDATE marketplace_{table} AS t SET "  # noqa: S608 - our own names
        + ", ".join(f"{name} = {value}" for name, value in values.items())
        + f" FROM json_to_recordset(%(rows)s::json) AS r({typed}) WHERE t.id = r.id"
    )


_NOW = "%(now)s::timestamptz"
INSERT_ORDERS = insert(
    "order",
    ORDER_COLUMNS,
    ORDER_DEFAULTS,
    accepted_at=_NOW,
    ended_at=_ENDED.format(state="r.state"),
)
INSERT_LISTINGS = insert("listing", LISTING_COLUMNS)
INSERT_EXECUTIONS = insert("execution", EXECUTION_COLUMNS, executed_at=_NOW)
INSERT_TRADES = insert("trade", TRADE_COLUMNS, traded_at=_NOW)
INSERT_EVENTS = insert("marketevent", EVENT_COLUMNS, {"facts": "'{}'"}, at=_NOW)
INSERT_RECORDS = insert("commandrecord", RECORD_COLUMNS)
UPDATE_ORDERS = _update("order", ORDER_COLUMNS, ORDER_CHANGES, ORDER_DEFAULTS)
UPDATE_LISTINGS = _update("listing", LISTING_COLUMNS, LISTING_CHANGES, {})

OPEN_DAYS = """
INSERT INTO marketplace_capacityday AS c (pool_id, day, installed, in_orders, contracted)
SELECT r.pool_id, r.day, r.installed, array_fill(0, ARRAY[24]), array_fill(0, ARRAY[24])
FROM json_to_recordset(%(rows)s) AS r(pool_id bigint, day date, installed int)
ON CONFLICT (pool_id, day) DO UPDATE SET installed = EXCLUDED.installed
WHERE c.installed < EXCLUDED.installed
"""
ADD_CAPACITY = """
UPDATE marketplace_capacityday AS c
SET in_orders = marketplace_add_slots(c.in_orders, r.in_orders),
    contracted = marketplace_add_slots(c.contracted, r.contracted)
FROM json_to_recordset(%(rows)s)
     AS r(pool_id bigint, day date, in_orders int[], contracted int[])
WHERE c.pool_id = r.pool_id AND c.day = r.day
"""
NUMBER_HALTS = """
UPDATE marketplace_halt AS h
SET halted_number = coalesce(h.halted_number, r.halted_number),
    resumed_number = coalesce(h.resumed_number, r.resumed_number)
FROM json_to_recordset(%(rows)s) AS r(id bigint, halted_number bigint, resumed_number bigint)
WHERE h.id = r.id
"""
WRITE_JOURNAL = """
WITH batch AS (
    INSERT INTO marketplace_journalbatch
           (number, at, wall_at, epoch, last_number, commands, chain)
    VALUES (%(number)s, %(at)s, %(wall_at)s, %(epoch)s, %(last_number)s, %(commands)s, %(chain)s)
    RETURNING number, last_number, chain, wall_at
)
UPDATE marketplace_marketsequence AS s
SET last_number = batch.last_number, journal = batch.number, chain = batch.chain,
    beat_at = batch.wall_at
FROM batch WHERE s.id = 1
"""
# The turn's statements find their rows by index, however small the tables were when a plan was
# made: a kept plan that reads a whole table costs more with every order.
LOCK = """
SELECT last_number, journal, chain, epoch, halted_by, snapshot_day,
       set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true),
       set_config('plan_cache_mode', 'force_generic_plan', true)
FROM marketplace_marketsequence
WHERE id = 1 FOR UPDATE
"""
KEEP_SNAPSHOT = """
INSERT INTO marketplace_booksnapshot (journal, day, taken_at, digest, state)
VALUES (%(journal)s, %(day)s, %(at)s, %(digest)s, %(state)s) ON CONFLICT DO NOTHING
"""
NOTE_SNAPSHOT = "UPDATE marketplace_marketsequence SET snapshot_day = %(day)s WHERE id = 1"
FIRST = """
INSERT INTO marketplace_marketsequence (id, last_number, journal, chain, epoch, leader, halted_by)
VALUES (1, 0, 0, '', 0, '', '') ON CONFLICT DO NOTHING
"""
KNOWN_ORDERS = """
SELECT o.buyer_id, o.client_order_id, o.content_hash, o.id, o.state, o.filled, o.held_micros,
       o.version
FROM json_to_recordset(%(rows)s) AS r(member bigint, client text)
JOIN marketplace_order o ON o.buyer_id = r.member AND o.client_order_id = r.client
"""
KNOWN_LISTINGS = """
SELECT l.seller_id, l.client_order_id, l.content_hash, l.id, l.state, l.version
FROM json_to_recordset(%(rows)s) AS r(member bigint, client text)
JOIN marketplace_listing l ON l.seller_id = r.member AND l.client_order_id = r.client
"""
STATES_OF_ORDERS = """
SELECT r.member, o.id, o.state
FROM json_to_recordset(%(rows)s) AS r(member bigint, id bigint)
JOIN marketplace_order o ON o.id = r.id AND o.buyer_id = r.member
"""
STATES_OF_LISTINGS = """
SELECT r.member, l.id, l.state
FROM json_to_recordset(%(rows)s) AS r(member bigint, id bigint)
JOIN marketplace_listing l ON l.id = r.id AND l.seller_id = r.member
"""
KNOWN_RECORDS = """
SELECT c.member_id, c.client_id, c.content_hash, c.answer
FROM json_to_recordset(%(rows)s) AS r(member bigint, client text)
JOIN marketplace_commandrecord c ON c.member_id = r.member AND c.client_id = r.client
"""
