"""Where open listings stand: on a shelf for each stretch of hours that they touch.

Who looks for a start finds on one shelf of each stretch all that is offered in that hour. What
is offered for long stands in long stretches, so that no listing stands on more than two.
"""

from typing import Final, Generic

from exchange.book.shelves import Level, Shelf, Standing

# A listing stands in the shortest stretches that are not shorter than itself; 0: all time.
STRETCHES: Final = (1, 6, 48, 336, 0)


class Bays(Generic[Standing]):
    """Shelves by the hours that are offered there."""

    __slots__ = ("levels", "used")

    def __init__(self) -> None:
        self.levels: list[Level[Standing]] = [Level(stretch) for stretch in STRETCHES]
        self.used: list[Level[Standing]] = []  # those with any shelf

    def put(self, row: Standing) -> None:
        """Put a row on the shelves of the hours that it offers."""
        level = self._level(row.end - row.first)
        if not level.shelves:
            self.used.append(level)
        cell, last = _cells(row.first, row.end, level.stretch)
        while cell <= last:
            level.put(cell, row)
            cell += 1

    def drop(self, row: Standing) -> None:
        """Take a row off its shelves; an empty shelf goes too."""
        level = self._level(row.end - row.first)
        cell, last = _cells(row.first, row.end, level.stretch)
        while cell <= last:
            level.drop(cell, row)
            cell += 1
        if not level.shelves:
            self.used.remove(level)

    def _level(self, hours: int) -> Level[Standing]:
        """Return the level where rows of so many hours stand."""
        for level in self.levels:
            if hours <= level.stretch:
                return level
        return self.levels[-1]

    def reach(self, first: int, start: int, hours: int) -> list[Shelf[Standing]]:
        """Return the shelves with rows of at least so many hours, offered from first to start.

        A row may stand on two of them: `shown_from` tells which one shows it.
        """
        reached: list[Shelf[Standing]] = []
        for level in self.used:
            if level.stretch >= hours or not level.stretch:
                level.reach(first, start, reached)
        return reached


def shown_from(shelf: Shelf[Standing], first: int) -> int:
    """Return the hour from which on its rows start that no shelf reached before has shown."""
    return shelf.begins if shelf.begins > first else 0


def _cells(first: int, end: int, stretch: int) -> tuple[int, int]:
    """Return the first and the last of the stretches that the hours [first, end) touch."""
    return (first // stretch, (end - 1) // stretch) if stretch else (0, 0)
