"""What a sender of random commands knows of the book, and how it chooses."""

from collections.abc import Sequence
from typing import TypeVar

from exchange.book import commands as say

T = TypeVar("T")
FIRST = 100
TICK = 10_000


class Known:
    """What a sender would know: the ids and versions that the book has told."""

    def __init__(self) -> None:
        self.clock = say.Clock(now_s=FIRST * 3600, first_open=FIRST + 1)
        self.orders: list[int] = []
        self.listings: list[int] = []
        self.versions: dict[tuple[str, int], int] = {}
        self.members_of: dict[tuple[str, int], int] = {}
        self.halted: set[tuple[str, str]] = set()
        self.pools: dict[int, say.Pool] = {}
        self.links: dict[int, say.Link] = {}

    def spare_gbps(self, _link: int, _hour: int) -> int:
        """Return the Gbit/s of a link that are not sold."""
        return 0

    def spare(self, _pool: int, _hour: int) -> int:
        """Return the devices of a pool that are neither sold nor listed."""
        return 0


class Choices:
    """One byte a choice; the first option is the plainest."""

    def __init__(self, drawn: bytes) -> None:
        self._bytes = iter(drawn)

    def of(self, options: Sequence[T]) -> T:
        return options[next(self._bytes) % len(options)]

    def seldom(self, plain: T, *others: T) -> T:
        """One in forty is another."""
        byte = next(self._bytes)
        return plain if byte % 40 or not byte else others[byte // 40 % len(others)]
