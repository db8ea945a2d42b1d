"""The market in one process: a turn makes everything that was asked durable by one commit.

Whoever holds a `Market` serialises the market: the engine keeps one for its life, a process
without an engine makes one for a single turn. Any failure ends in a reload of its memory.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec
from django.db import transaction

from exchange.book import commands as said
from exchange.refusal import Refused
from ledger.actions import lock_funds
from marketplace.actions import statements as sql
from marketplace.actions.answers import answer_of_refusal
from marketplace.actions.entering import ENTERS
from marketplace.actions.known import Known
from marketplace.actions.memory import Memory
from marketplace.actions.opening import Opening
from marketplace.actions.turn import Turn, run_together
from marketplace.domain import entry as entries
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

    def take_turn(
        self, asked: Sequence[entries.Said], *, now: datetime | None = None, wall: datetime
    ) -> list[Answer]:
        """Answer the entries in order, all in one commit; a failure leaves nothing half done.

        Without `now` the market's clock is asked, once for the whole turn.
        """
        try:
            with transaction.atomic():
                return self._turn(asked, now, wall)
        except BaseException:
            self.loaded = False
            raise

    def _turn(
        self, asked: Sequence[entries.Said], now: datetime | None, wall: datetime
    ) -> list[Answer]:
        opening = Opening(asked)
        self._check_standing(opening)
        kinds = opening.kinds
        if now is None:
            if self.clock is None or "clock" in kinds:
                self.clock = clock_in_force()
            now = self.clock.market_time(wall)
        self.now = now
        self.commands, self.happened = [], []
        if not self.loaded:
            self.load(opening.number)
            # Facts may have changed while nobody looked: the journal hears them all again.
            self.commands += self.facts.told() if kinds or not self.journal else []
        turn = self.new_turn()
        self.tell(self.facts.look(kinds, now=now, wall=wall))
        self._tell_funds(opening)
        answers = [self._answer(entry, opening.known) for entry in asked]
        self.passes("after_match")
        self._write(turn, wall)
        self.passes("before_commit")
        return answers

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
        try:
            earlier = known.answer_to(entry)
            if earlier is not None:
                return earlier
            answer = ENTERS[type(entry)](self, entry)
        except Refused as refusal:
            answer = answer_of_refusal(refusal)
        kept = known.remember(entry, answer, now=self.now)
        if kept is not None and kept["member_id"] in self.facts.members:
            self.turn.records.append(kept)
        return answer

    def _write(self, turn: Turn, wall: datetime) -> None:
        if not self.commands:
            return
        lines = b"\n".join(map(msgspec.json.encode, self.commands))
        binding = blake2b(self.chain.encode(), digest_size=32)
        binding.update(lines)
        binding.update(msgspec.json.encode(self.happened))
        chain = binding.hexdigest()
        where = {
            "number": self.journal + 1,
            "at": self.now,
            "wall_at": wall,
            "epoch": self.term,
            "last_number": self.book.number,
            "commands": lines.decode(),
            "chain": chain,
        }
        run_together([*turn.statements(), (sql.WRITE_JOURNAL, where), (sql.MOVE_ON, where)])
        self.journal, self.chain = self.journal + 1, chain
