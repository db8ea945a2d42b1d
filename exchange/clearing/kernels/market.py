"""What a search reads and changes, and its own chance."""

from typing import NamedTuple

from exchange.clearing.kernels import inner
from exchange.clearing.kernels.pieces import Board
from exchange.clearing.kernels.shapes import Array, Bids, Places, Supply

LOW = (1 << 32) - 1


class Market(NamedTuple):
    """All that a search reads, and the board that it changes."""

    supply: Supply
    bids: Bids
    places: Places
    board: Board
    ptr: Array  # by bid: its columns
    cells: Array
    count: Array
    ceiling: Array  # by cell: the highest ask that may be used
    pue: Array  # by offer and fit table: 1 where its ceilings are kept
    chance: Array  # one number: the state of the generator
    hour: Array  # by hour of the book: what a divisible part has there, while it is placed
    over: Array  # the same: what it has beyond its amount
    heavy: Array  # by order: it stands in so many cells that it is moved rarely


@inner
def draw(chance: Array, below: int) -> int:
    """Return a whole number below a bound: xorshift on 32 bits."""
    state = chance[0]
    state ^= (state << 13) & LOW
    state ^= state >> 17
    state ^= (state << 5) & LOW
    chance[0] = state
    return (state * below) >> 32
