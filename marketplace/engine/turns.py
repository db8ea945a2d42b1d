"""The engine's one thread that writes: it takes whatever has come in, as one commit."""

import gc
import os
import time
from collections.abc import Callable, Sequence

import structlog
from django.db import DatabaseError, IntegrityError, OperationalError, connection

from counter.waking import announce
from marketplace.actions.answers import answer_of_refusal
from marketplace.actions.market import Deposed, Market
from marketplace.domain.entry import Answer, Said, Tick
from marketplace.domain.refusals import MarketAway, MarketStopped, Unwritable
from marketplace.engine.leadership import BEAT, give_sign, stop_market
from timetable.queries import wall_now

log = structlog.get_logger(__name__)
# Pages and workers are told of trades, at most so often.
TELL_EVERY_S = 0.2
# Beyond this the process ends itself and a new one loads the book: nothing may grow for ever.
MOST_MEMORY_MB = 4_096
# What a violation says of the market's own books, and not of one member's entry.
BOOKS = ("capacity", "listing_free", "account_is", "hold_is", "entry_", "line_fits", "follow")


class Turns:
    """Takes turns as the leader of one term."""

    def __init__(self, market: Market, term: int, *, fail: Callable[[str], None]) -> None:
        self.market, self.term, self.fail = market, term, fail
        self._told = 0.0
        self._beat = 0.0
        self.turns = self.entries = 0

    def take(self, entries: Sequence[Said]) -> Sequence[Answer]:
        """Answer the entries; what failed together is tried again one by one."""
        try:
            answers = self._together(entries)
        except (IntegrityError, DatabaseError) as problem:
            if isinstance(problem, OperationalError):
                raise
            log.exception("turn_failed", entries=len(entries))
            self._stop_for(problem)
            answers = [self._alone(entry) for entry in entries]
        self._tell()
        return answers

    def _together(self, entries: Sequence[Said]) -> Sequence[Answer]:
        self.fail("before_turn")
        answers = self.market.take_turn(entries, wall=wall_now())
        self.fail("after_commit")
        self.turns += 1
        self.entries += len(entries)
        self._beat = time.monotonic()
        return answers

    def _alone(self, entry: Said) -> Answer:
        """Try an entry by itself twice; what fails twice is refused and put aside by name."""
        for _ in range(2):
            try:
                return self._together([entry])[0]
            except (IntegrityError, DatabaseError) as problem:
                if isinstance(problem, OperationalError):
                    raise
                self._stop_for(problem)
        log.error("entry_put_aside", entry=repr(entry))
        return answer_of_refusal(Unwritable())

    def _stop_for(self, problem: Exception) -> None:
        """Stop the market when its own books would not add up: an operator looks first."""
        text = str(problem)
        if any(name in text for name in BOOKS):
            stop_market(text)
            raise MarketStopped from problem

    def rest(self) -> None:
        """Look at the clock and at changed facts when nobody asks, and give a sign of life."""
        self.take([Tick()])
        if time.monotonic() - self._beat > BEAT.total_seconds() and not give_sign(
            self.term, wall_now()
        ):
            raise Deposed

    def _tell(self) -> None:
        turned = self.market.turned
        if turned is not None and turned.trades and time.monotonic() - self._told > TELL_EVERY_S:
            self._told = time.monotonic()
            announce("traded")

    def check_memory(self) -> None:
        """End the process when it has grown beyond its bound; its successor loads the book."""
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        if pages * os.sysconf("SC_PAGESIZE") > MOST_MEMORY_MB << 20:
            log.error("engine_too_large", megabytes=pages * os.sysconf("SC_PAGESIZE") >> 20)
            raise MarketAway


def settle_memory() -> None:
    """Leave what was loaded out of every later collection: a full one would stop the market."""
    gc.collect()
    gc.freeze()
    gc.disable()


def close() -> None:
    """Give the lock back with the connection."""
    connection.close()
