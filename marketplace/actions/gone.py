"""What became of orders and listings that are not open: asked for together, once a turn."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound, Refused
from marketplace.actions import statements as sql
from marketplace.actions.known import LISTINGS, ORDERS, Row
from marketplace.domain import entry as entries

# A table, the member who asks, and the number that it names.
Named = tuple[str, int, int]

LARGEST = 2**63 - 1
STATES_IN = {ORDERS: sql.STATES_OF_ORDERS, LISTINGS: sql.STATES_OF_LISTINGS}


def named_by(entry: entries.Said) -> Named | None:
    """Return the order or listing that an entry changes or ends; None when it names none."""
    if isinstance(entry, entries.CancelOrder | entries.ReplaceOrder):
        return (ORDERS, entry.member, entry.order_id)
    if isinstance(entry, entries.WithdrawListing | entries.RepriceListing):
        return (LISTINGS, entry.member, entry.listing_id)
    return None


class Gone:
    """The states of what the entries of one turn name and their member has not open.

    One by one they would cost a round trip each, for which all others wait.
    """

    def __init__(self, asked: Iterable[entries.Said], is_open: Callable[[Named], bool]) -> None:
        named = {name for name in map(named_by, asked) if name is not None}
        sought = sorted(name for name in named if not is_open(name))
        self._states: dict[Named, str | None] = dict.fromkeys(sought)

    def statements(self) -> list[tuple[str, list[Row]]]:
        """Return, for each table that is asked, what to ask it."""
        found = []
        for table, text in STATES_IN.items():
            named = [(m, pk) for of, m, pk in self._states if of == table]
            # Nothing has a number that no row can have.
            rows = [{"member": m, "id": pk} for m, pk in named if 0 < pk <= LARGEST]
            if rows:
                found.append((text, rows))
        return found

    def read(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """Take in what a table knows."""
        table = next(table for table, asks in STATES_IN.items() if asks == text)
        for member, pk, state in rows:
            self._states[table, member, pk] = state

    def was_asked(self, name: Named) -> bool:
        """Tell whether the tables were asked for it."""
        return name in self._states

    def state_of(self, name: Named) -> str | None:
        """Return its state; None when the member has nothing of that number."""
        return self._states[name]


def gone(state: str | None, after: str) -> Refused:
    """Return why something could not be ended: nobody knows it, or it has ended already."""
    return NotFound() if state is None else MoveRefused(before=state, after=after)
