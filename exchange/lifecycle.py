"""A lifecycle is a table of permitted moves, not a set of ifs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from exchange.refusal import Refused

State = TypeVar("State", bound=str)


class MoveRefused(Refused):
    """The thing is in a state that this move does not start from."""

    code = "E-STATE-01"
    status = 409
    sentence = "This cannot go from %(before)s to %(after)s."


@dataclass(frozen=True)
class Lifecycle(Generic[State]):
    """Where a thing starts, and which state may follow which."""

    start: State
    moves: Mapping[State, frozenset[State]]

    def may(self, before: State, after: State) -> bool:
        """Tell whether the table permits the move."""
        return after in self.moves.get(before, frozenset())

    def check(self, before: State, after: State) -> None:
        """Refuse a move that the table does not permit, with MoveRefused."""
        if not self.may(before, after):
            raise MoveRefused(before=before, after=after)

    @property
    def states(self) -> frozenset[State]:
        """All states that the table names."""
        reached = frozenset().union(*self.moves.values()) if self.moves else frozenset()
        return frozenset({self.start}) | frozenset(self.moves) | reached

    @property
    def ends(self) -> frozenset[State]:
        """The states that nothing leaves."""
        return frozenset(state for state in self.states if not self.moves.get(state))
