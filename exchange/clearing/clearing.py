"""`clear`: the one door of the call auction."""

from typing import Any, NamedTuple

import numpy as np

from exchange.clearing.arrays import Arrays, arrays_of
from exchange.clearing.book import Book, canonical, digest
from exchange.clearing.block_offers import losing_offers
from exchange.clearing.checking import check
from exchange.clearing.dual import dual_prices
from exchange.clearing.kernels.shapes import Array
from exchange.clearing.outcome import outcome_of
from exchange.clearing.placing import Floor
from exchange.clearing.pricing import Priced, price


class Config(NamedTuple):
    """How hard to search: counts of steps, never a clock."""

    dual_steps: int = 100
    search_steps: int = 60_000
    single_closings: int = 10


def clear(book: Book, config: Config = Config()) -> dict[str, Any]:
    """Return the outcome of a book as its document; refuse a book that is malformed.

    The same book gives the same bytes, whatever the order of its rows or the number of threads.
    """
    name = digest(canonical(check(book)))
    arrays = arrays_of(book)
    seed = int(name[:8], 16) if book.seed is None else book.seed
    duals = dual_prices(arrays, config.dual_steps)
    closed = np.zeros(len(book.offers) + len(book.links), bool)
    turn = 0
    while True:
        floor, priced = _allocate(arrays, duals, closed, seed, config)
        losing = losing_offers(floor, priced.flows, priced.prices)
        if not losing:
            break
        turn += 1
        closed[losing if turn > config.single_closings else losing[:1]] = True
    return outcome_of(floor, priced, duals, _steps(config), name)


def _steps(config: Config) -> dict[str, int]:
    return {"dual": config.dual_steps, "search": config.search_steps}


def _allocate(
    arrays: Arrays, duals: Array, closed: Array, seed: int, config: Config
) -> tuple[Floor, Priced]:
    floor = Floor(arrays, closed, seed)
    floor.look(duals, waiting=False)
    tries = []
    empty = floor.saved()
    for turn in floor.turns():
        floor.restore(empty)
        floor.look(duals, waiting=False)
        floor.place(turn)
        tries.append((floor.welfare(), floor.saved()))
    floor.restore(max(tries, key=lambda one: one[0])[1])
    floor.board.usable[:] = tries[0][1][10]
    floor.search(config.search_steps)
    priced = price(floor, duals)
    floor.restore(priced.board)
    return floor, priced
