"""Hours of equal use become one row."""

from collections.abc import Iterable

Use = tuple[int, int, int]  # what, hour, how much


def rectangles(uses: Iterable[Use]) -> list[tuple[int, int, int, int]]:
    """Return (what, how much, first hour, hours), joined where equal hours follow each other."""
    rows: list[tuple[int, int, int, int]] = []
    for what, hour, much in sorted(uses):
        if rows:
            last, devices, first, hours = rows[-1]
            if last == what and devices == much and first + hours == hour:
                rows[-1] = (what, much, first, hours + 1)
                continue
        rows.append((what, much, hour, 1))
    return rows
