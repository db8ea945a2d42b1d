"""The continuous book as a machine: one command in, what happened out. No clock, no store."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from exchange.book import (
    awarding,
    buying,
    changing,
    ending,
    explaining,
    facts,
    halting,
    laying,
    linking,
    repricing,
    saving,
    selling,
)
from exchange.book import commands as said
from exchange.book.awards import Award
from exchange.book.events import Happened
from exchange.book.state import State

_HANDLERS: Final[dict[type, Callable[[State, Any], list[Happened]]]] = {
    said.Buy: buying.buy,
    said.Sell: selling.sell,
    said.Cancel: ending.cancel,
    said.Withdraw: ending.withdraw,
    said.CancelAll: ending.cancel_all,
    said.Replace: changing.replace,
    said.Reprice: repricing.reprice,
    said.Clock: ending.tell_clock,
    said.Pool: facts.tell_pool,
    said.Link: linking.tell_link,
    said.Member: facts.tell_member,
    said.Funds: facts.tell_funds,
    said.Reference: facts.tell_reference,
    said.Limit: facts.tell_limit,
    said.Halt: halting.halt,
    said.Resume: halting.resume,
    Award: awarding.award,
}


class Book:
    """The book of the continuous market. The same commands always give the same events."""

    def __init__(self) -> None:
        self._state = State()

    @property
    def number(self) -> int:
        """The number of the last event."""
        return self._state.number

    @number.setter
    def number(self, number: int) -> None:
        """Go on numbering from a number that was stored."""
        self._state.number = number

    def lay_order(self, said: said.Buy, **figures: Any) -> None:
        """Lay an open order where it stood (`exchange.book.laying`)."""
        laying.lay_order(self._state, said, **figures)

    def lay_listing(self, said: said.Sell, **figures: Any) -> None:
        """Lay an open listing where it stood (`exchange.book.laying`)."""
        laying.lay_listing(self._state, said, **figures)

    def recall(self, second: int, members: Iterable[int]) -> None:
        """Go on in a wall second in which these members have sent messages, one for each."""
        self._state.second = second
        for member in members:
            self._state.count(member, self._state.seats.get(member))

    def forget_ended(self, most: int) -> None:
        """Remember only so many orders and listings that have ended, the newest."""
        self._state.forget_ended(most)

    def apply(self, command: said.Said) -> list[Happened]:
        """Do as the command says, and return what happened; a refused one changes nothing."""
        return _HANDLERS[type(command)](self._state, command)

    def explain(self, order: said.Buy) -> explaining.Explanation:
        """Return why the order would fill or not if it came now; nothing changes."""
        return explaining.explain(self._state, order)

    def digest(self) -> str:
        """Return a hash of all that decides what the book will do."""
        return saving.digest_of(self._state)

    def state(self) -> dict[str, Any]:
        """Return all that the book knows, ready for JSON."""
        return saving.saved(self._state)

    @classmethod
    def restore(cls, state: dict[str, Any]) -> "Book":
        """Return a book that knows what `state()` told of another, and will do the same."""
        book = cls()
        saving.load(book._state, state)
        return book
