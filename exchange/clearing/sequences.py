"""In which sequences orders are placed: who comes first finds more room."""

import numpy as np

from exchange.clearing.arrays import Arrays
from exchange.clearing.kernels.market import draw
from exchange.clearing.kernels.shapes import DIVISIBLE, Array

GREAT = (0.1, 0.25, 0.4)  # of all orders: so many of most surplus are placed first
NOISY = 8  # sequences beside them, in which surplus counts by chance
NOISY_SHARE, NOISE = 0.3, 0.3


class Sequences:
    """The sequences of a book's orders at some prices."""

    def __init__(self, arrays: Arrays, rank: Array, chance: Array) -> None:
        """Take each order's surplus by what it is worth, and the state of chance."""
        self._arrays, self._rank, self._chance = arrays, rank, chance

    def plain(self) -> list[Array]:
        """Return sequences: gangs and long ones first; the same after orders of most surplus."""
        return [self._by_kind(), *(self._great_first(share) for share in GREAT)]

    def lucky(self, *, shuffled: bool = False) -> list[Array]:
        """Return sequences by chance: the greatest first in about their order, or anybody."""
        if shuffled:
            ranks = (self._rank, np.zeros_like(self._rank), np.zeros_like(self._rank))
            return [self._shuffled(rank) for rank in ranks]
        luck = [1 - NOISE + 2 * NOISE * self._luck() for _ in range(NOISY)]
        return [self._great_first(NOISY_SHARE, one) for one in luck]

    def _by_kind(self) -> Array:
        bids = self._arrays.bids
        hours = np.maximum.reduceat(bids.hours, bids.order_ptr[:-1])
        return np.lexsort((-self._rank, -hours, -self._kinds()))

    def _kinds(self) -> Array:
        bids = self._arrays.bids
        kinds: Array = np.maximum.reduceat(bids.kind, bids.order_ptr[:-1])
        return kinds

    def _great_first(self, share: float, luck: Array | float = 1.0) -> Array:
        """Return the plain sequence after a share of orders of most surplus, none divisible.

        A great one finds its place before smaller ones have cut it up; a divisible one needs none.
        """
        worth = self._rank * size_of(self._arrays) * luck
        whole = np.flatnonzero(self._kinds() > DIVISIBLE)
        great = whole[np.argsort(-worth[whole], kind="stable")]
        return _first(great[: int(share * len(worth))], self._by_kind())

    def _luck(self) -> Array:
        return np.array([draw(self._chance, 1000) for _ in self._arrays.orders]) / 1000

    def _shuffled(self, rank: Array) -> Array:
        """Return a sequence by chance, those of a higher rank rather first."""
        return np.argsort(-np.maximum(rank, 1e-9) * self._luck(), kind="stable")


def _first(some: Array, turn: Array) -> Array:
    """Return a sequence in which some come first."""
    return np.concatenate([some, turn[~np.isin(turn, some)]])


def size_of(arrays: Arrays) -> Array:
    """Return what each order's largest alternative is worth: how much it takes."""
    return np.maximum.reduceat(arrays.bids.value, arrays.bids.order_ptr[:-1])
