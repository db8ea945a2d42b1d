"""The market in one process: a turn makes everything that was asked durable by one commit.

Whoever holds a `Market` serialises the market: the engine keeps one for its life, a process
without an engine makes one for a single turn. Any failure ends in a reload of its memory.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import chain

import msgspec
from django.db import connection, transaction

from exchange.book import commands as said
from exchange.refusal import Refused
from exchange.window import delivery_day
from ledger.actions import checkpoint_statement, lock_funds
from marketplace.actions import statements as sql
from marketplace.actions.answers import answer_of_refusal
from marketplace.actions.entering import ENTERS
from marketplace.actions.known import Known, content_of, key_of
from marketplace.actions.memory import Memory
from marketplace.actions.opening import Opening
from marketplace.actions.together import Statement, run_together
from marketplace.actions.turn import Turn
from marketplace.actions.writing import statements_of
from marketplace.domain import entry as entries
from marketplace.domain.chain import chained, lines_of
from marketplace.domain.entry import Answer
from marketplace.domain.refusals import MarketStopped
from timetable.domain.clock import Clock
from timetable.queries import clock_in_force


class Deposed(Exception):
    """Another engine leads: this one may write nothing more."""


class Market(Memory):
    """Takes turns: reads what it must, says the entries to the book, and writes what happened."""

    def __init__(self, *, ids_at_once: int = 1, epoch: int | None = None) -> None:
        """Begin without memory; `epoch` is the engine's term, None takes the one in force."""
        super().__init__(ids_at_once=ids_at_once)
        self.epoch = epoch
        self.clock: Clock | None = None
        self.term = 0
        # A fault test names the point at which it ends the process.
        self.passes: Callable[[str], None] = lambda _point: None
        # The bench looks at how a turn's statements travel.
        self.sends = run_together

    def take_turn(
        self, asked: Sequence[entries.Said], *, now: datetime | None = None, wall: datetime
    ) -> list[Answer]:
        """Answer the entries in order, all in one commit; a failure leaves nothing half done.

        Without `now` the market's clock is asked, once for the whole turn.
        """
        # In somebody else's transaction the turn is durable when that is.
        commits = not connection.in_atomic_block
        try:
            with transaction.atomic():
                return self._turn(asked, now, wall, commits=commits)
        except BaseException:
            self.loaded = False
            raise

    def _turn(
        self,
        asked: Sequence[entries.Said],
        now: datetime | None,
        wall: datetime,
        *,
        commits: bool,
    ) -> list[Answer]:
        opening = Opening(asked, self.is_open)
        self.gone = opening.gone
        self._check_standing(opening)
        kinds = opening.kinds
        if now is None:
            if self.clock is None or "clock" in kinds:
                self.clock = clock_in_force()
            now = self.clock.market_time(wall)
        self.now = now
        self.commands, self.happened = [], []
        # Facts may have changed while nobody looked, or were read and never told: whoever begins
        # to write says them all to the journal.
        retells = self.facts.second_hand
        if not self.loaded:
            self.load(opening.number)
            retells = bool(kinds) or not self.journal
        if retells:
            self.commands += self.facts.told()
        turn = self.new_turn()
        snapshot = self._snapshot(opening)
        self.tell(self.facts.look(kinds, now=now, wall=wall))
        self._tell_funds(opening)
        answers = [self._answer(entry, opening.known) for entry in asked]
        self.passes("after_match")
        self._write(turn, wall, snapshot, opening, commits=commits)
        return answers

    def _snapshot(self, opening: Opening) -> list[Statement]:
        """Return what keeps the book as a delivery day finds it: there a replay begins."""
        day = delivery_day(self.now)
        if opening.snapshot_day is not None and day <= opening.snapshot_day:
            return []
        kept = {
            "journal": self.journal,
            "day": day,
            "at": self.now,
            "digest": self.book.digest(),
            "state": zlib.compress(msgspec.json.encode(self.book.state())),
        }
        return [(sql.KEEP_SNAPSHOT, kept), (sql.NOTE_SNAPSHOT, kept)]

    def _check_standing(self, opening: Opening) -> None:
        """See that we may write, and that nobody else has written since."""
        if self.epoch is not None and opening.epoch != self.epoch:
            raise Deposed
        if opening.halted_by:
            raise MarketStopped
        stored = (opening.number, opening.journal, opening.chain)
        if stored != (self.book.number, self.journal, self.chain):
            self.loaded = False
        self.journal, self.chain, self.term = opening.journal, opening.chain, opening.epoch

    def _tell_funds(self, opening: Opening) -> None:
        """Tell the book what those who buy in this turn have; their funds are locked."""
        funds = opening.funds
        missing = [m for m in opening.spending if m not in funds and m in self.facts.members]
        if missing:
            funds = {**funds, **lock_funds(member_ids=missing, now=self.now)}
        self.tell(
            (said.Funds(member=member, available_micros=micros), None)
            for member, micros in sorted(funds.items())
        )

    def _answer(self, entry: entries.Said, known: Known) -> Answer:
        key = key_of(entry)
        self.content, self.sent = ("", b"") if key is None else content_of(entry)
        try:
            earlier = None if key is None else known.answer_to(key, self.content)
            if earlier is not None:
                return earlier
            answer = ENTERS[type(entry)](self, entry)
        except Refused as refusal:
            answer = answer_of_refusal(refusal)
        if key is not None:
            kept = known.remember(key, self.content, answer, now=self.now)
            if kept is not None and key[1] in self.facts.members:
                self.turn.records.append(kept)
        return answer

    def _write(
        self,
        turn: Turn,
        wall: datetime,
        snapshot: list[Statement],
        opening: Opening,
        *,
        commits: bool,
    ) -> None:
        only_time = all(type(command) is said.Clock for command in self.commands)
        if only_time and not self.happened and not snapshot:
            # Time alone is no news: the next turn tells it with what happens then.
            self.commands = []
            self.facts.tell_time_again = True
            return
        written = chain(
            snapshot,
            statements_of(turn, self.journal + 1),
            [checkpoint_statement(opening.long_accounts)] if opening.long_accounts else [],
            self._journal(wall),
        )
        self.sends(written, commit=partial(self.passes, "before_commit") if commits else None)

    def _journal(self, wall: datetime) -> Iterator[Statement]:
        """Yield what appends the turn to the journal, and stand there."""
        lines = lines_of(self.commands)
        self.chain = chained(self.chain, lines, self.happened)
        self.journal += 1
        where = {
            "number": self.journal,
            "at": self.now,
            "wall_at": wall,
            "epoch": self.term,
            "last_number": self.book.number,
            "commands": lines,
            "chain": self.chain,
        }
        yield sql.WRITE_JOURNAL, where
