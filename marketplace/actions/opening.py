"""The opening of a turn: one round trip locks the market and reads all that the turn needs."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection

from ledger.actions import LINES_WORTH_A_CHECKPOINT, funds_statements
from marketplace.actions import statements as sql
from marketplace.actions.gone import Gone, Named
from marketplace.actions.known import LISTINGS, ORDERS, RECORDS, Known, Row, key_of
from marketplace.actions.rows import as_json
from marketplace.actions.together import Statement, run_together
from marketplace.domain import entry as entries
from timetable.actions import TAKE_CHANGES

# A table, what asks it, and what it is asked for.
Lookup = tuple[str, str, list[Row]]
States = tuple[str, list[Row]]
KNOWN_IN = {
    ORDERS: sql.KNOWN_ORDERS,
    LISTINGS: sql.KNOWN_LISTINGS,
    RECORDS: sql.KNOWN_RECORDS,
}


class Opening:
    """Where the market stands, what has changed, what was sent before, and the buyers' funds."""

    def __init__(
        self, asked: Sequence[entries.Said], is_open: Callable[[Named], bool] = lambda _: False
    ) -> None:
        """Take the market's lock inside the open transaction, and read.

        `is_open` tells what the one who names it has open: of the rest the state is read.
        """
        self.spending = sorted(
            {e.member for e in asked if isinstance(e, entries.PlaceOrder | entries.ReplaceOrder)}
        )
        self.known = Known()
        self.gone = Gone(asked, is_open)
        self.funds: dict[int, int] = {}
        # Whose funds have many lines to add up.
        self.long_accounts: list[int] = []
        keys = [key for key in map(key_of, asked) if key is not None]
        lookups: list[Lookup] = [
            (table, text, [{"member": key[1], "client": key[2]} for key in keys if key[0] == table])
            for table, text in KNOWN_IN.items()
        ]
        wanted: list[Statement] = [(sql.LOCK, {}), (TAKE_CHANGES, {})]
        wanted += [(text, {"rows": as_json(rows)}) for _, text, rows in lookups if rows]
        states = self.gone.statements()
        wanted += [(text, {"rows": as_json(rows)}) for text, rows in states]
        if self.spending:
            wanted += funds_statements(self.spending)
        found = run_together(wanted)
        if not found[0]:
            found[0] = _first_row()
        self.number, self.journal, self.chain, self.epoch, *rest = found[0][0]
        self.halted_by, self.snapshot_day, *_settings = rest
        self.kinds = {kind for (kind,) in found[1]}
        self._read_states(lookups, states, iter(found[2:]))
        if self.spending:
            for member, micros, lines in found[-1]:
                self.funds[member] = micros
                if lines > LINES_WORTH_A_CHECKPOINT:
                    self.long_accounts.append(member)

    def _read_states(
        self, lookups: Sequence[Lookup], states: Sequence[States], found: Iterator[list[Any]]
    ) -> None:
        """Take in what was sent before, and what became of what is not open."""
        for table, _, sought in lookups:
            if sought:
                self.known.read(table, next(found))
        for text, _ in states:
            self.gone.read(text, next(found))


def _first_row() -> list[Any]:
    """Begin the market's sequence: the first turn of all."""
    with connection.cursor() as cursor:
        cursor.execute(sql.FIRST)
        cursor.execute(sql.LOCK)
        return list(cursor.fetchall())
