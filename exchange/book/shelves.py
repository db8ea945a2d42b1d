"""Where open listings and resting orders stand: in price order, apart by the hours they concern.

A shelf is a sorted list in blocks, so that a deep one costs little more than a short one. A
rack has a shelf for each stretch of hours: what fits within an hour stands apart from what
needs a day, and nobody who looks for one hour walks past another.
"""

from collections.abc import Iterator
from typing import Final, Generic, TypeVar

# Stretches of hours that have shelves of their own; 0 is all time.
STRETCHES: Final = (1, 4, 24, 168, 0)
FULL_BLOCK: Final = 64
# A key is a price rank followed by an arrival.
ARRIVAL_BITS: Final = 44


class Row:
    """What stands on shelves: its place there, and the hours [first, end) that it concerns."""

    __slots__ = ("end", "first", "key")

    # These stand side by side, for very many rows are passed by.
    def __init__(self, key: int, first: int, end: int) -> None:
        self.key = key
        self.first = first
        self.end = end


Standing = TypeVar("Standing", bound=Row)


class Block(Generic[Standing]):
    """Some rows of a shelf, in order; `top` is the last one's key, or was."""

    __slots__ = ("rows", "top")

    def __init__(self, rows: list[Standing]) -> None:
        self.rows = rows
        self.top = rows[-1].key


class Shelf(Generic[Standing]):
    """Rows in the order of their keys, which are unique; in blocks, none of them empty.

    `begins` is the first hour of the stretch for which it stands.
    """

    __slots__ = ("begins", "blocks")

    def __init__(self, begins: int, row: Standing) -> None:
        self.begins = begins
        self.blocks: list[Block[Standing]] = [Block([row])]

    def put(self, row: Standing) -> None:
        """Put the row in its place."""
        blocks, key = self.blocks, row.key
        at = self._block_of(key)
        block = blocks[at]
        rows = block.rows
        if key > block.top:
            block.top = key
            rows.append(row)
        else:
            rows.insert(_place_of(rows, key), row)
        if len(rows) > FULL_BLOCK:
            half = FULL_BLOCK // 2
            blocks[at : at + 1] = [Block(rows[:half]), Block(rows[half:])]

    def drop(self, row: Standing) -> None:
        """Take the row away."""
        at = self._block_of(row.key)
        rows = self.blocks[at].rows
        del rows[_place_of(rows, row.key)]
        if not rows:
            del self.blocks[at]

    def _block_of(self, key: int) -> int:
        """Return the block where the key stands, or would stand."""
        blocks = self.blocks
        low, high = 0, len(blocks) - 1
        while low < high:
            middle = (low + high) >> 1
            if blocks[middle].top < key:
                low = middle + 1
            else:
                high = middle
        return low

    def head(self) -> Standing:
        """Return the first row of all."""
        return self.blocks[0].rows[0]

    def __iter__(self) -> Iterator[Standing]:
        """Yield the rows by key."""
        for block in self.blocks:
            yield from block.rows


def _place_of(rows: list[Standing], key: int) -> int:
    """Return where the key stands in a block, or would stand."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) >> 1
        if rows[middle].key < key:
            low = middle + 1
        else:
            high = middle
    return low


class Level(Generic[Standing]):
    """The shelves of one stretch, by their number; stretch 0 has one for all time."""

    __slots__ = ("shelves", "stretch")

    def __init__(self, stretch: int) -> None:
        self.stretch = stretch
        self.shelves: dict[int, Shelf[Standing]] = {}

    def put(self, cell: int, row: Standing) -> None:
        """Put the row on a shelf, which is made if it is the first there."""
        shelf = self.shelves.get(cell)
        if shelf is None:
            self.shelves[cell] = Shelf(cell * self.stretch, row)
        else:
            shelf.put(row)

    def drop(self, cell: int, row: Standing) -> None:
        """Take the row off a shelf; an empty shelf goes too."""
        shelf = self.shelves[cell]
        shelf.drop(row)
        if not shelf.blocks:
            del self.shelves[cell]

    def reach(self, first: int, last: int, reached: list[Shelf[Standing]]) -> None:
        """Add the shelves whose stretches touch the hours from first to last."""
        shelves, stretch = self.shelves, self.stretch
        low, high = (first // stretch, last // stretch) if stretch else (0, 0)
        if low == high:
            shelf = shelves.get(low)
            if shelf is not None:
                reached.append(shelf)
        elif high - low < len(shelves):
            reached += [shelves[cell] for cell in range(low, high + 1) if cell in shelves]
        else:
            reached += [shelf for cell, shelf in shelves.items() if low <= cell <= high]


class Rack(Generic[Standing]):
    """Shelves by the hours that their rows concern."""

    __slots__ = ("levels", "used")

    def __init__(self) -> None:
        self.levels: list[Level[Standing]] = [Level(stretch) for stretch in STRETCHES]
        self.used: list[Level[Standing]] = []  # those with any shelf

    def put(self, row: Standing) -> None:
        """Put the row on the shelf of its hours."""
        level, cell = self._place(row)
        if not level.shelves:
            self.used.append(level)
        level.put(cell, row)

    def drop(self, row: Standing) -> None:
        """Take a row off its shelf; an empty shelf goes too."""
        level, cell = self._place(row)
        level.drop(cell, row)
        if not level.shelves:
            self.used.remove(level)

    def _place(self, row: Standing) -> tuple[Level[Standing], int]:
        """Return the level of the shortest stretch that holds the row's hours, and which it is."""
        first, final = row.first, row.end - 1
        for level in self.levels:
            stretch = level.stretch
            if stretch and first // stretch == final // stretch:
                return level, first // stretch
        return self.levels[-1], 0

    def reach(self, first: int, last: int) -> list[Shelf[Standing]]:
        """Return the shelves with rows that may touch [first, last)."""
        reached: list[Shelf[Standing]] = []
        for level in self.used:
            level.reach(first, last - 1, reached)
        return reached
