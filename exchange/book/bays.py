"""Where open listings stand: on a shelf for each stretch of hours that they touch.

Who looks for a start finds on one shelf of each stretch all that is offered in that hour. What
is offered for long stands in long stretches, so that no listing stands on more than two.
"""

from typing import Generic

from exchange.book.shelves import Row, Shelf

# A listing stands in the shortest stretches that are not shorter than itself; 0: all time.
STRETCHES = (1, 6, 48, 336, 0)
# A shelf, and the hour from which on its rows start that no shelf before has shown.
Bay = tuple[Shelf[Row], int]


class Bays(Generic[Row]):
    """Shelves by the hours that are offered there."""

    __slots__ = ("levels", "used")

    def __init__(self) -> None:
        self.levels: tuple[dict[int, Shelf[Row]], ...] = tuple({} for _ in STRETCHES)
        # The levels with any shelf: the stretch, and the shelves by its number.
        self.used: list[tuple[int, dict[int, Shelf[Row]]]] = []

    def put(self, first: int, last: int, key: int, row: Row) -> None:
        """Put a row that offers the hours [first, last) on its shelves."""
        level, cells = _cells(first, last)
        shelves = self.levels[level]
        if not shelves:
            self.used.append((STRETCHES[level], shelves))
        for cell in cells:
            shelf = shelves.get(cell)
            if shelf is None:
                shelf = shelves[cell] = Shelf()
            shelf.put(key, first, last, row)

    def drop(self, first: int, last: int, key: int) -> None:
        """Take a row off its shelves; an empty shelf goes too."""
        level, cells = _cells(first, last)
        shelves = self.levels[level]
        for cell in cells:
            shelf = shelves[cell]
            shelf.drop(key)
            if not shelf.tops:
                del shelves[cell]
        if not shelves:
            self.used = [used for used in self.used if used[1] is not shelves]

    def reach(self, first: int, start: int, hours: int) -> list[Bay[Row]]:
        """Return the shelves with rows of at least so many hours, offered from first to start."""
        reached: list[Bay[Row]] = []
        for stretch, shelves in self.used:
            if 0 < stretch < hours:
                continue
            low, high = (first // stretch, start // stretch) if stretch else (0, 0)
            shelf = shelves.get(low)
            if shelf is not None:
                reached.append((shelf, 0))
            if low < high:
                reached.extend(_later(shelves, low, high, stretch))
        return reached


def _later(shelves: dict[int, Shelf[Row]], low: int, high: int, stretch: int) -> list[Bay[Row]]:
    """Return the shelves after the first of a range, whichever way is shorter."""
    if high - low < len(shelves):
        cells = [cell for cell in range(low + 1, high + 1) if cell in shelves]
    else:
        cells = [cell for cell in shelves if low < cell <= high]
    return [(shelves[cell], cell * stretch) for cell in cells]


def _cells(first: int, last: int) -> tuple[int, range]:
    """Return the level where a row of the hours [first, last) stands, and its stretches there."""
    hours = last - first
    if hours == 1:
        return 0, range(first, last)
    for level, stretch in enumerate(STRETCHES):
        if hours <= stretch:
            return level, range(first // stretch, (last - 1) // stretch + 1)
    return len(STRETCHES) - 1, range(1)
