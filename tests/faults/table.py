"""What the tests of faults found, as one table at the end of the run."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
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
    faults = [line for line in lines if not line.caught]
    controls = [line for line in lines if line.caught]
    table = [_row(HEADINGS)]
    table += [_row(_cells(line)) for line in faults]
    if controls:
        table += ["", f"controls: {len(controls)} guards taken out, {len(controls)} caught"]
        table += [f"  {line.what}: {line.caught}" for line in controls]
    return table


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
