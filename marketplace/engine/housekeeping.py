"""The engine's memory: never collected while it leads, and never more than its bound."""

import gc
import os

import structlog

from exchange.book import Book
from marketplace.domain.refusals import MarketAway

log = structlog.get_logger(__name__)
# Beyond this the process ends itself and a new one loads the book: nothing may grow for ever.
MOST_MEMORY_MB = 4_096
# Endings that the book remembers; for what is older the tables are asked, as after a restart.
MOST_ENDED = 65_536


def settle_memory() -> None:
    """Collect what an earlier book has left, and never again: it would stop the market.

    Done before a book is loaded: with a large one it takes a second.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.disable()


def check_memory(book: Book) -> None:
    """Forget what ended long ago; end the process when it has grown beyond its bound.

    The tables know what has ended, so nobody is answered differently. A successor loads the book.
    """
    book.forget_ended(MOST_ENDED)
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    megabytes = pages * os.sysconf("SC_PAGESIZE") >> 20
    if megabytes > MOST_MEMORY_MB:
        log.error("engine_too_large", megabytes=megabytes)
        raise MarketAway
