"""Pieces of statements about hours as days and slots, for what must be true of them."""

# ruff: noqa: S608 - the statements are built of constants of the code only

DAY_AND_SLOT = """(hour AT TIME ZONE 'Asia/Shanghai')::date AS day,
       extract(hour FROM hour AT TIME ZONE 'Asia/Shanghai')::int AS slot"""
# Of a trade `t`; and of rows `o` whose hours count from their auction's first.
HOURS_OF_TRADE = """\
LATERAL generate_series(t.starts_at, t.ends_at - interval '1 hour', interval '1 hour') AS hour"""
HOURS_IN_AUCTION = """\
JOIN marketplace_auction a ON a.id = o.auction_id,
LATERAL generate_series(
    a.starts_at + o.first_hour * interval '1 hour',
    a.starts_at + (o.first_hour + o.hours - 1) * interval '1 hour', interval '1 hour') AS hour"""


def differing_slots(owner: str, table: str, column: str, amount: str, told: str) -> str:
    """Return the statement for slots of which a table's column keeps another amount than is told.

    `told` selects owner, day, slot and the amount; a row of nothing is none.
    """
    return f"""SELECT {owner}, day, slot FROM (
        SELECT {owner}, day, (i - 1)::int AS slot, {amount}
        FROM {table}, unnest({column}) WITH ORDINALITY AS u({amount}, i)
        WHERE {amount} <> 0) AS kept
    FULL JOIN (SELECT * FROM ({told}) AS x WHERE {amount} <> 0) AS told
        USING ({owner}, day, slot)
    WHERE kept.{amount} IS DISTINCT FROM told.{amount}"""
