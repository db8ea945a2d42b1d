"""What the tests of faults found, as one table at the end of the run."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from tests.faults.storm.outages import share

PROPERTY = "faults"
HEADINGS = ("", "times", "answered", "lost", "doubled", "away p50", "p95", "most")
WIDTHS = (52, 7, 10, 6, 8, 10, 8, 8)
NONE = "-"


@dataclass(frozen=True)
class Line:
    """A fault or race and what came of it; a control says what it was caught at."""

    what: str
    times: int
    answered: int | None = None
    lost: int | None = None
    doubled: int | None = None
    away_s: tuple[float, ...] = ()
    caught: str = ""


Tell = Callable[[Line], None]


def kept(line: Line) -> tuple[str, str]:
    """Return the line as a property of its test, which travels between processes."""
    return PROPERTY, json.dumps(asdict(line))


def lines_of(reports: Iterable[Any]) -> list[Line]:
    """Return the lines that tests have told, in their order."""
    told = [value for r in reports for name, value in r.user_properties if name == PROPERTY]
    return [Line(**json.loads(value)) for value in told]


def written(lines: list[Line]) -> list[str]:
    """Return the table: what happened, and which controls were caught."""
    faults = added_up(line for line in lines if not line.caught)
    controls = [line for line in lines if line.caught]
    table = [_row(HEADINGS)]
    table += [_row(_cells(line)) for line in faults]
    if controls:
        table += ["", f"controls: {len(controls)} guards taken out, {len(controls)} caught"]
        table += [f"  {line.what}: {line.caught}" for line in controls]
    return table


def added_up(lines: Iterable[Line]) -> list[Line]:
    """Return one line for each name: a long storm is several, and told as one."""
    sums: dict[str, Line] = {}
    for line in lines:
        before = sums.get(line.what)
        sums[line.what] = line if before is None else _sum(before, line)
    return list(sums.values())


def _sum(one: Line, other: Line) -> Line:
    def both(name: str) -> int | None:
        counts = [n for n in (getattr(one, name), getattr(other, name)) if n is not None]
        return sum(counts) if counts else None

    return replace(
        one,
        times=one.times + other.times,
        answered=both("answered"),
        lost=both("lost"),
        doubled=both("doubled"),
        away_s=(*one.away_s, *other.away_s),
    )


def _cells(line: Line) -> tuple[str, ...]:
    counts = [NONE if n is None else f"{n:,}" for n in (line.answered, line.lost, line.doubled)]
    away = [NONE] * 3
    if line.away_s:
        found = list(line.away_s)
        away = [f"{s:.2f} s" for s in (share(found, 50), share(found, 95), max(found))]
    return (line.what, f"{line.times:,}", *counts, *away)


def _row(cells: tuple[str, ...]) -> str:
    first, *rest = cells
    told = f"{first:<{WIDTHS[0]}}"
    return told + "".join(f"{cell:>{width}}" for cell, width in zip(rest, WIDTHS[1:], strict=True))
