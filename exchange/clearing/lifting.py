"""Prices rise where orders in the money find no room, and where a start-up is not covered."""

import numpy as np

from exchange.clearing.block_offers import uncovered
from exchange.clearing.book import TICK_MICROS
from exchange.clearing.bound import best_surplus
from exchange.clearing.kernels.lifting import Ladder, raise_cell, raise_for
from exchange.clearing.kernels.shapes import Array
from exchange.clearing.placing import Floor

LIFTS = 40  # turns; they end earlier where nothing rises any more


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
    for _ in range(LIFTS):
        best = best_surplus(arrays, ladder.prices, purse=True, only=waiting)
        gains = np.flatnonzero(best[:, 0] > 0)
        turn = gains[np.argsort(best[gains, 0], kind="stable")]
        if not raise_for(turn, best, arrays.bids, arrays.places, ladder):
            return
