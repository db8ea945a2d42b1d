"""An invariant: one definition, used after tests, after faults and in production."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    """A promise about the data. `sql` returns one row a violation, and only reads."""

    code: str
    sentence: str
    sql: str
