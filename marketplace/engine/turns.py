"""The engine's one thread that writes: it takes whatever has come in, as one commit."""

import time
from collections.abc import Callable, Sequence
from hashlib import blake2b

import msgspec
import structlog
from django.db import InterfaceError, OperationalError, connection
from psycopg import Error as DriverError

from marketplace.actions.answers import answer_of_refusal
from marketplace.actions.market import Deposed, Market
from marketplace.actions.stopping import note_put_aside
from marketplace.domain.entry import Answer, Said, Tick
from marketplace.domain.refusals import MarketAway, MarketBusy, MarketStopped, Unwritable
from marketplace.engine.leadership import BEAT, give_sign, stop_market
from marketplace.engine.telling import teller
from timetable.queries import wall_now

log = structlog.get_logger(__name__)
# What a violation says of the market's own books, and not of one member's entry.
BOOKS = (
    *("capacity", "link_is", "listing_free", "account_is"),
    *("hold_is", "entry_", "line_fits", "follow"),
)
# The database cannot write now, whatever is asked: read-only, a deadlock, no room, a lock that
# another holds, a statement that was ended, a disk that fails. By class of SQLSTATE.
NOT_NOW = frozenset({"25", "40", "53", "55", "57", "58"})
# No entry's fault: another leads, an operator has to look, or the database cannot write.
NOT_AN_ENTRYS = (Deposed, MarketStopped, MarketAway, MarketBusy)
MOST_ASIDE = 10_000


class Turns:
    """Takes turns as the leader of one term."""

    def __init__(self, market: Market, term: int, *, fail: Callable[[str], None]) -> None:
        self.market, self.term, self.fail = market, term, fail
        market.passes = fail
        self._session = connection.connection
        self._beat = 0.0
        self._stopped = False
        self._aside: set[bytes] = set()
        self.turns = self.entries = 0

    def take(self, entries: Sequence[Said]) -> Sequence[Answer]:
        """Answer the entries; what failed together is tried again one by one."""
        if self._aside and any(_name_of(entry) in self._aside for entry in entries):
            # What was put aside never costs the others a second reload.
            return self._one_by_one(entries)
        try:
            answers = self._together(entries)
        except NOT_AN_ENTRYS:
            raise
        except Exception as problem:
            log.exception("turn_failed", entries=len(entries))
            self._look_at(problem)
            answers = self._one_by_one(entries)
        turned = self.market.turned
        if turned is not None and turned.trades:
            teller.tell()
        return answers

    def _one_by_one(self, entries: Sequence[Said]) -> Sequence[Answer]:
        """Answer each by itself; what was taken stays taken when the market cannot go on."""
        answers: list[Answer] = []
        for entry in entries:
            try:
                answers.append(self._alone(entry))
            except (MarketBusy, MarketStopped) as refusal:
                left = len(entries) - len(answers)
                return answers + [answer_of_refusal(refusal)] * left
        return answers

    def _together(self, entries: Sequence[Said]) -> Sequence[Answer]:
        self.fail("before_turn")
        answers = self.market.take_turn(entries, wall=wall_now())
        self.fail("after_commit")
        self.turns += 1
        self.entries += len(entries)
        if self.market.commands:
            self._beat = time.monotonic()
        return answers

    def _alone(self, entry: Said) -> Answer:
        """Try an entry by itself twice; what fails twice is refused and put aside by name."""
        if _name_of(entry) in self._aside:
            return answer_of_refusal(Unwritable())
        problem: Exception | None = None
        for _ in range(2):
            try:
                return self._together([entry])[0]
            except NOT_AN_ENTRYS:
                raise
            except Exception as failed:  # noqa: BLE001 - whatever one entry brings about
                self._look_at(failed)
                problem = failed
        log.error("entry_put_aside", entry=repr(entry), exc_info=problem)
        if len(self._aside) < MOST_ASIDE:
            self._aside.add(_name_of(entry))
        note_put_aside(entry=entry, problem=repr(problem), now=self.market.now)
        return answer_of_refusal(Unwritable())

    def _look_at(self, problem: Exception) -> None:
        """Stop the market when its own books would not add up: an operator looks first.

        Raises MarketBusy when the database cannot write now: then nothing has happened.
        """
        raw = connection.connection
        if raw is None or raw is not self._session or raw.closed:
            # The lock went with the session.
            raise Deposed from problem
        if cannot_write_now(problem):
            raise MarketBusy from problem
        if isinstance(problem, OperationalError | InterfaceError):
            raise Deposed from problem
        text = f"{problem} {_constraint_of(problem)}".strip()
        if any(name in text for name in BOOKS):
            stop_market(text)
            raise MarketStopped from problem

    def rest(self) -> None:
        """Look at the clock and at changed facts when nobody asks, and give a sign of life.

        A market that stopped itself gives signs too: it has a leader, which tells the callers.
        """
        try:
            self.take([Tick()])
            self._stopped = False
        except MarketStopped:
            if not self._stopped:
                log.error("market_stopped")  # noqa: TRY400 - told once, with its trace before
            self._stopped = True
        except MarketBusy:
            # A sign of life could not be written either.
            return
        if time.monotonic() - self._beat > BEAT.total_seconds():
            if not give_sign(self.term, wall_now()):
                raise Deposed
            self._beat = time.monotonic()


def cannot_write_now(problem: Exception) -> bool:
    """Tell whether the database said that it cannot write, and not that something is wrong."""
    state = getattr(problem.__cause__, "sqlstate", None)
    return state is not None and state[:2] in NOT_NOW


def _constraint_of(problem: BaseException) -> str:
    """Return the name of the constraint that was violated, where the database tells it."""
    told = problem.__cause__
    return told.diag.constraint_name or "" if isinstance(told, DriverError) else ""


def _name_of(entry: Said) -> bytes:
    """Return one name for one member, id and content."""
    return blake2b(msgspec.json.encode(entry), digest_size=16).digest()


def close() -> None:
    """Give the lock back with the connection."""
    connection.close()
