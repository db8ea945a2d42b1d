"""Prices rise where orders in the money find no room, and where a start-up is not covered."""

import numpy as np

from exchange.clearing.block_offers import uncovered
from exchange.clearing.book import TICK_MICROS
from exchange.clearing.bound import best_surplus, sums_at
from exchange.clearing.kernels.lifting import Climb, Ladder, raise_cell, raise_for
from exchange.clearing.kernels.shapes import Array
from exchange.clearing.placing import Floor

LIFTS = 10  # turns; they end earlier where nothing rises any more
MOST_RISES = 65_536  # for one bid


def cover_start_ups(floor: Floor, flows: Array, ladder: Ladder) -> None:
    """Raise the cells where a block offer sells, until its start-up cost is covered."""
    for cells, short, sold in uncovered(floor, flows, ladder.prices):
        missing = short
        for cell, devices in zip(cells, sold, strict=True):
            wanted = -(-missing // devices) + TICK_MICROS if missing > 0 else 0
            missing -= devices * raise_cell(cell, wanted, ladder)


def lift(floor: Floor, waiting: Array, ladder: Ladder) -> None:
    """Raise cells until the waiting bids, told by flags, gain nothing, as far as that can be.

    Those that would gain least come first: with them least is needed.
    """
    arrays = floor.arrays
    sums, noted = sums_at(arrays, ladder.prices), np.zeros((2, MOST_RISES), np.int64)
    climb = Climb(
        ladder, arrays.supply.cap, arrays.lengths, sums, noted[0], noted[1], np.zeros(1, np.int64)
    )
    costs = np.empty(ladder.hours, np.int64)
    for _ in range(LIFTS):
        best = best_surplus(arrays, ladder.prices, purse=True, only=waiting)
        # Prices only rise here: a bid that gains nothing now is not looked at again.
        waiting = best[:, 0] > 0
        gains = np.flatnonzero(waiting)
        turn = gains[np.argsort(best[gains, 0], kind="stable")]
        if not raise_for(turn, arrays.bids, arrays.places, costs, climb):
            return
