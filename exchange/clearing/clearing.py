"""`clear`: the one door of the call auction."""

from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from exchange.clearing.arrays import Arrays
from exchange.clearing.block_offers import losing_offers, unused_offers
from exchange.clearing.book import digest
from exchange.clearing.bound import bound
from exchange.clearing.checking import check
from exchange.clearing.dual import dual_prices
from exchange.clearing.hopeless import sort_out
from exchange.clearing.kernels.shapes import Array
from exchange.clearing.outcome import outcome_of
from exchange.clearing.placing import FREE, LENIENT, STRICT, Floor, Tell, places_of_all
from exchange.clearing.pricing import ROUNDS, Priced, price
from exchange.clearing.reading import book_of

SMALL = 20  # orders: such a book is cleared as often as the configuration allows
STEPS_AN_ORDER = 1_000  # of a search, at most
MANY = 10_000  # orders: more of them are searched for longer
# Where bids have few places in all, a step of the dual costs little and prices are found finer.
FEW_PLACES, FINE = 300_000, 3
# Parts in a million of the bound: a search that is so near to it has nothing left to find.
NEAR_PPM = 300
RETURN = 2  # the part of a search's steps that one at published prices takes
Method = Literal["full", "short", "zones", "greedy"]
METHODS: tuple[Method, ...] = ("full", "short", "zones", "greedy")


class Config(NamedTuple):
    """How hard to search: counts of steps, never a clock."""

    dual_steps: int = 100
    search_steps: int = 15_000
    returns: int = 3  # searches at published prices, after the one at the dual's
    attempts: int = 32  # of a small book
    single_closings: int = 10  # of block offers; then all that lose close together
    by_zone: bool = False


# The rulebook's fall-backs, each quicker than the one before.
CONFIGS: dict[Method, Config] = {
    "full": Config(),
    "short": Config(dual_steps=40, search_steps=2_000, returns=0, attempts=1),
    "zones": Config(dual_steps=20, search_steps=1_000, returns=0, attempts=1, by_zone=True),
    "greedy": Config(dual_steps=0, search_steps=0, returns=0, attempts=1),
}


def clear(
    document: object, config: Config = CONFIGS["full"], tell: Tell = lambda _phase, _share: None
) -> dict[str, Any]:
    """Return the outcome of a book as its document; BookRefused where the book is malformed.

    The same book gives the same bytes, whatever the number of threads. `tell` hears the phase
    (checking, prices, search, pricing, outcome) and how much of it is done.
    """
    tell("checking", 0.0)
    book = check(book_of(document))
    arrays, hopeless = sort_out(book)
    seed = int(digest(arrays.book)[:8], 16) if book.seed is None else book.seed
    dual_steps = config.dual_steps * (FINE if places_of_all(arrays) < FEW_PLACES else 1)
    duals = dual_prices(arrays, dual_steps, tell)
    floor = Floor(arrays, np.zeros(len(book.offers) + len(book.links), bool), seed)
    most = bound([arrays], duals)
    enough = most - most * NEAR_PPM // 1_000_000
    attempts = range(_attempts(arrays, config))
    best = max(
        (_cleared(floor, duals, config, attempt, enough, tell) for attempt in attempts),
        key=lambda stand: stand.welfare,
    )
    tell("outcome", 0.0)
    floor.closed[:] = best.closed
    floor.reopen()
    floor.restore(best.priced.board)
    steps = {"dual": dual_steps, "search": config.search_steps}
    return outcome_of(floor, hopeless, best.priced, duals, steps, digest(document))


class _Stand(NamedTuple):
    """Where an attempt has led."""

    welfare: int
    closed: Array
    priced: Priced


def _attempts(arrays: Arrays, config: Config) -> int:
    """Return how often a book is cleared from the start: small ones are cleared many times."""
    return max(1, min(config.attempts, config.attempts * SMALL // (1 + len(arrays.orders))))


def _cleared(
    floor: Floor, duals: Array, config: Config, attempt: int, enough: int, tell: Tell
) -> _Stand:
    """Place, search and price once; block offers that lose close one after the other."""
    floor.closed[:] = False
    floor.reopen()
    floor.clear()
    for nodes in _parts(floor, config):
        floor.allowed[:] = nodes
        _search(floor, duals, config, attempt, enough, tell)
    floor.allowed[:] = True
    floor.close(unused_offers(floor))
    tell("pricing", 0.0)
    priced, turn = _priced(floor, duals), 0
    for again in range(config.returns if attempt < 2 else 0):
        # No phase of its own: nobody sees the bar run backwards.
        within = partial(_within, tell, again / config.returns, 1 / config.returns)
        priced = _returned(floor, duals, priced, config, enough, within)
    while losing := losing_offers(floor, priced.flows, priced.prices):
        turn += 1
        floor.close(losing if turn > config.single_closings else losing[:1])
        surplus = floor.look(duals, FREE if attempt % 2 else LENIENT)
        floor.place(np.argsort(-surplus, kind="stable"))
        priced = _priced(floor, duals)
    return _Stand(floor.welfare(), floor.closed.copy(), priced)


def _within(tell: Tell, begin: float, part: float, _phase: str, share: float) -> None:
    """Tell how far pricing is, of which something is a part."""
    tell("pricing", begin + share * part)


def _priced(floor: Floor, duals: Array, near: Array | None = None, rounds: int = ROUNDS) -> Priced:
    priced = price(floor, duals, near, rounds)
    floor.restore(priced.board)
    return priced


def _returned(
    floor: Floor, duals: Array, priced: Priced, config: Config, enough: int, tell: Tell
) -> Priced:
    """Search once more, at the prices found: now it is seen who is left out in the money.

    What gains no welfare is taken back.
    """
    before = floor.welfare()
    if before >= enough:
        return priced
    floor.look(priced.prices, LENIENT)
    floor.search(_steps(floor, config) // RETURN, enough, tell)
    again = _priced(floor, duals, priced.prices, rounds=1)
    if floor.welfare() > before:
        return again
    floor.restore(priced.board)
    return priced


def _steps(floor: Floor, config: Config) -> int:
    """Return the steps of a search: more in a large book, few in a small one."""
    orders = len(floor.arrays.orders)
    return min(config.search_steps * max(orders, MANY) // MANY, STEPS_AN_ORDER * orders)


def _parts(floor: Floor, config: Config) -> list[Array]:
    """Return which nodes are searched together: all, or those of each zone."""
    zones = np.array([node.zone for node in floor.arrays.grounds.nodes])
    if not config.by_zone:
        return [np.ones(len(zones), np.bool_)]
    return [zones == zone for zone in np.unique(zones)]


def _search(
    floor: Floor, duals: Array, config: Config, attempt: int, enough: int, tell: Tell
) -> None:
    """Leave the best of a few sequences on the floor, then searched; later attempts are bolder.

    Who gains at the prices comes first, whoever might gain with a little less after them.
    """
    free = attempt % 2 == 1
    floor.look(duals, FREE if free else STRICT)
    before, best, most = floor.saved(), floor.saved(), floor.welfare() - 1
    sequences = floor.sequences()
    turns = sequences.lucky(shuffled=attempt > 1)
    for turn in turns if attempt > 1 else [*sequences.plain(), *turns]:
        floor.restore(before)
        floor.place(turn)
        if (welfare := floor.welfare()) > most:
            best, most = floor.saved(), welfare
    floor.restore(best)
    if not free:
        floor.look(duals, LENIENT)
        floor.place(floor.sequences().plain()[1])
    floor.search(_steps(floor, config) // (1 if attempt < 2 else 10), enough, tell)
