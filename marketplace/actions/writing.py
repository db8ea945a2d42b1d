"""The statements that write a turn, in the order in which the tables can take them."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Raw

from marketplace.actions import statements as sql
from marketplace.actions.rows import as_json, encode, together
from marketplace.actions.together import Statement
from marketplace.actions.turn import Turn


def statements_of(turn: Turn, journal: int) -> Iterator[Statement]:
    """Yield what writes the turn under the number of its journal batch."""
    for text, rows in _written(turn):
        if rows:
            yield text, {"rows": as_json(rows), "now": turn.now}
    yield from turn.postings.statements(journal, turn.now)
    yield from turn.deeds.statements(turn.now)


def _written(turn: Turn) -> Iterator[tuple[str, Sequence[Any]]]:
    orders, listings = turn.touched_orders, turn.touched_listings
    yield (
        sql.INSERT_ORDERS,
        [
            Raw(together(sent, encode(row), encode(orders[pk].changes())))
            for pk, (sent, row) in turn.new_orders.items()
        ],
    )
    yield sql.INSERT_EVENTS, turn.events
    yield sql.INSERT_EXECUTIONS, turn.executions
    yield sql.INSERT_TRADES, turn.trades
    # What leaves an auction is sold after it: no slot ever counts it twice.
    yield from turn.awards.links_left()
    yield from turn.links.written()
    yield (
        sql.INSERT_LISTINGS,
        [{**row, **listings[pk].changes()} for pk, row in turn.new_listings.items()],
    )
    yield (
        sql.UPDATE_ORDERS,
        [order.changes() for pk, order in orders.items() if pk not in turn.new_orders],
    )
    yield (
        sql.UPDATE_LISTINGS,
        [
            {"id": pk, **listing.changes()}
            for pk, listing in listings.items()
            if pk not in turn.new_listings
        ],
    )
    yield (
        sql.OPEN_DAYS,
        [{"pool_id": p, "day": d, "installed": n} for (p, d), n in sorted(turn.days.items())],
    )
    # As with links: out of the auction first, contracted then.
    yield from turn.awards.written()
    yield sql.ADD_CAPACITY, turn.capacity.rows()
    yield sql.NUMBER_HALTS, turn.halts
    yield sql.INSERT_RECORDS, turn.records
