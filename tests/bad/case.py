"""A bad order, listing or change: what is wrong with it, and the code and field it must get."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as made
from datetime import datetime, timedelta
from typing import Any

from tests.cast import NOON

BIG = 10**18
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bad:
    """One bad act. `given` sets the stage for it alone; `facts` is what it sends."""

    name: str
    act: str
    code: str
    field: str
    facts: dict[str, Any] = made(default_factory=dict)
    given: Callable[[Any], None] | None = None


def at(hours: float) -> datetime:
    """Hours after noon."""
    return NOON + timedelta(hours=hours)


Row = tuple[str, dict[str, Any], str, str]


def rows(act: str, table: Iterable[Row]) -> Iterator[Bad]:
    """Yield a table's rows as cases of one act."""
    return (Bad(name, act, code, at_field, facts) for name, facts, code, at_field in table)


def outside(
    act: str, name: str, lowest: int, highest: int, at_field: str = "", **more: Any
) -> Iterator[Bad]:
    """Yield four numbers outside their bounds: just below, far below, just above, absurd."""
    wrong = {
        "just below its least": lowest - 1,
        "far below its least": lowest - BIG,
        "just above its most": highest + 1,
        "absurdly high": BIG * 10,
    }
    for words, value in wrong.items():
        facts = {**more, name: value}
        yield Bad(f"{act}: {name} {words}", act, "E-RANGE-01", at_field or name, facts)


def unknown(
    act: str, name: str, words: Iterable[str], *, code: str = "E-CHOICE-01", **more: Any
) -> Iterator[Bad]:
    """Yield words that the field does not know."""
    for word in words:
        yield Bad(f"{act}: {name} says {word!r}", act, code, name, {**more, name: word})
