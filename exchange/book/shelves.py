"""Where open listings and resting orders stand: in price order, apart by the hours they concern.

A shelf is a sorted list in blocks, so that a deep one costs little more than a short one. A
rack has a shelf for each stretch of hours: what fits within an hour stands apart from what
needs a day, and nobody who looks for one hour walks past another.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
Block = tuple[int, list[int], list[int], list[Row]]

# Stretches of hours that have shelves of their own; 0 is all time.
STRETCHES = (1, 4, 24, 168, 0)
FULL_BLOCK = 256
# A key is a price rank followed by an arrival.
ARRIVAL_BITS = 44


class Shelf(Generic[Row]):
    """Rows in the order of their keys, which are unique, each with the hours it concerns.

    The hours stand apart from the rows: most rows are passed by for their hours, and what is
    passed by is not touched.
    """

    __slots__ = ("firsts", "keys", "lasts", "rows", "tops")

    def __init__(self) -> None:
        self.keys: list[list[int]] = []
        self.rows: list[list[Row]] = []
        self.firsts: list[list[int]] = []
        self.lasts: list[list[int]] = []
        self.tops: list[int] = []

    def put(self, key: int, first: int, last: int, row: Row) -> None:
        """Put the row in its place."""
        tops = self.tops
        if not tops:
            self.keys.append([key])
            self.rows.append([row])
            self.firsts.append([first])
            self.lasts.append([last])
            tops.append(key)
            return
        at = bisect_left(tops, key) if len(tops) > 1 else 0
        if at == len(tops):
            at -= 1
        if key > tops[at]:
            tops[at] = key
        keys = self.keys[at]
        spot = bisect_left(keys, key)
        keys.insert(spot, key)
        self.rows[at].insert(spot, row)
        self.firsts[at].insert(spot, first)
        self.lasts[at].insert(spot, last)
        if len(keys) > FULL_BLOCK:
            self._split(at)

    def _split(self, at: int) -> None:
        half = FULL_BLOCK // 2
        self.tops.insert(at, self.keys[at][half - 1])
        for blocks in (self.keys, self.rows, self.firsts, self.lasts):
            whole: list[Any] = blocks[at]
            blocks[at : at + 1] = [whole[:half], whole[half:]]

    def drop(self, key: int) -> None:
        """Take the row with the key away."""
        tops = self.tops
        at = bisect_left(tops, key) if len(tops) > 1 else 0
        keys = self.keys[at]
        spot = bisect_left(keys, key)
        del keys[spot], self.rows[at][spot], self.firsts[at][spot], self.lasts[at][spot]
        if not keys:
            del tops[at], self.keys[at], self.rows[at], self.firsts[at], self.lasts[at]
        elif spot == len(keys):
            tops[at] = keys[-1]

    def up_to(self, price: int) -> Iterator[tuple[int, int, Row]]:
        """Yield the rows at a price or a lower one, with their hours; by key."""
        for count, firsts, lasts, rows in self.blocks_up_to(price):
            yield from zip(firsts, lasts, islice(rows, count), strict=False)

    def blocks_up_to(self, price: int) -> Iterator[Block[Row]]:
        """Yield the same in blocks: how many rows, their first and last hours, and the rows."""
        beyond = price + 1 << ARRIVAL_BITS
        for at, top in enumerate(self.tops):
            if top >= beyond:
                count = bisect_left(self.keys[at], beyond)
                yield count, self.firsts[at], self.lasts[at], self.rows[at]
                return
            yield FULL_BLOCK, self.firsts[at], self.lasts[at], self.rows[at]


class Rack(Generic[Row]):
    """Shelves by the hours that their rows concern."""

    __slots__ = ("levels", "used")

    def __init__(self) -> None:
        self.levels: tuple[dict[int, Shelf[Row]], ...] = tuple({} for _ in STRETCHES)
        # The levels with any shelf, each with its stretch.
        self.used: list[tuple[int, dict[int, Shelf[Row]]]] = []

    def put(self, first: int, last: int, key: int, row: Row) -> None:
        """Put a row that concerns the hours [first, last) on its shelf."""
        level, cell = (0, first) if last - first == 1 else _cell(first, last)
        shelves = self.levels[level]
        shelf = shelves.get(cell)
        if shelf is None:
            if not shelves:
                self.used.append((STRETCHES[level], shelves))
            shelf = shelves[cell] = Shelf()
        shelf.put(key, first, last, row)

    def drop(self, first: int, last: int, key: int) -> None:
        """Take a row off its shelf; an empty shelf goes too."""
        level, cell = (0, first) if last - first == 1 else _cell(first, last)
        shelves = self.levels[level]
        shelf = shelves[cell]
        shelf.drop(key)
        if not shelf.tops:
            del shelves[cell]
            if not shelves:
                self.used.remove((STRETCHES[level], shelves))

    def reach(self, first: int, last: int, hours: int) -> list[Shelf[Row]]:
        """Return the shelves with rows of at least so many hours that may touch [first, last)."""
        reached: list[Shelf[Row]] = []
        for stretch, shelves in self.used:
            if not stretch:
                reached.extend(shelves.values())
            elif stretch >= hours:
                low, high = first // stretch, (last - 1) // stretch
                if low == high:
                    if low in shelves:
                        reached.append(shelves[low])
                elif high - low < len(shelves):
                    reached.extend([shelves[at] for at in range(low, high + 1) if at in shelves])
                else:
                    reached.extend([row for at, row in shelves.items() if low <= at <= high])
        return reached


def _cell(first: int, last: int) -> tuple[int, int]:
    """Return the shortest stretch that holds the hours [first, last), and which one it is."""
    final = last - 1
    for level, stretch in enumerate(STRETCHES[:-1]):
        if first // stretch == final // stretch:
            return level, first // stretch
    return len(STRETCHES) - 1, 0
