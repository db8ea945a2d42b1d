"""What a durable order costs within the engine: the processor time of turns, by their parts."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection

from bench import supply
from bench.figures import Figure, Round, Run, figure, median
from bench.machine import watched
from bench.orders_mix import CANCEL, MIXES, RESTING, Mix
from bench.server import postmaster
from config.compiled import Choice
from marketplace.actions.market import Market
from marketplace.actions.together import Statement, run_together
from marketplace.domain.entry import Call
from marketplace.engine.turns import settle_memory
from timetable.queries import wall_now

SIZES = (1, 50, 256)
IDS_AT_ONCE = 500
MOST_PARTS = 8
_decode = msgspec.json.Decoder(Call).decode
HOW = (
    "turns of so many entries in this process, without doors: processor time an entry of Python"
    " and of the database's own process, the median of the turns; in the note, each statement"
    " sent alone, which costs more than together"
)


class Turns:
    """One market in this process, which takes turns of several sizes."""

    def __init__(self, seconds: float, mix: str) -> None:
        self.seconds, self.mix_name = seconds, mix
        self.market = Market(ids_at_once=IDS_AT_ONCE)
        self.backend = 0
        self.mix: Mix

    def figures(self) -> list[Figure]:
        """Return the empty figures."""
        told = f"mix {self.mix_name}: {MIXES[self.mix_name]}; {HOW}"
        return [figure(f"turn.cpu_us_per_order_{size}", "µs", told) for size in SIZES]

    @contextmanager
    def open(self) -> Iterator["Turns"]:
        """Lay the supply, load the book and keep the statements' plans."""
        laid = supply.laid()
        self.mix = Mix(
            self.mix_name, laid.traders, laid.products, laid.deliver_from, f"turns-{os.getpid()}"
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.backend = cursor.fetchone()[0]
        for size in (1, 50, 50):
            self._turn(size)
        settle_memory()
        yield self

    def round(self) -> Iterable[Round]:
        """Measure each size."""
        return [Round(ours=self._measured(size)) for size in SIZES]

    def _measured(self, size: int) -> Run:
        taken: list[tuple[float, float]] = []
        usage = watched(
            lambda: taken.extend(self._turns(size)), ours=[os.getpid(), postmaster()], servers=[]
        )
        python, database = (median([one[side] for one in taken]) / size for side in (0, 1))
        apart = Apart(self._database_us)
        self.market.sends = apart.send
        self._turn(size)
        self.market.sends = run_together
        dearest = sorted(apart.us.items(), key=lambda part: -part[1])[:MOST_PARTS]
        parts = ", ".join(f"{name} {us / size:.1f}" for name, us in dearest)
        cost = f"Python {python:.1f}, PostgreSQL {database:.1f}"
        note = f"{cost}; the book is {Choice.told}; alone: {parts}"
        return Run(python + database, "µs", None, usage.foreign_bp, note)

    def _turns(self, size: int) -> list[tuple[float, float]]:
        until = time.perf_counter() + self.seconds
        taken = []
        while time.perf_counter() < until:
            taken.append(self._turn(size))
        return taken

    def _turn(self, size: int) -> tuple[float, float]:
        """Take a turn; return the microseconds of Python and of the database."""
        asks = [self.mix.next(at % len(self.mix.traders)) for at in range(size)]
        commands = ",".join("{" + self._said(ask) + "}" for ask in asks)
        line = f'{{"id":1,"commands":[{commands}]}}'.encode()
        before = time.thread_time(), self._database_us()
        call = _decode(line)
        answers = self.market.take_turn(call.commands, wall=wall_now())
        after = time.thread_time(), self._database_us()
        for ask, answer in zip(asks, answers, strict=True):
            if ask.kind == RESTING and not answer.refused:
                self.mix.rests(ask, answer.id)
        return (after[0] - before[0]) * 1e6, after[1] - before[1]

    def _said(self, ask: Any) -> str:
        member = self.mix.traders[ask.trader].member_id
        if ask.kind == CANCEL:
            return f'"do":"cancel_order","member":{member},"order_id":{ask.order_id}'
        own_id, _, request = ask.fields.partition(",")
        return f'"do":"place_order","member":{member},{own_id},"request":{{{request}}}'

    def _database_us(self) -> float:
        spent = Path(f"/proc/{self.backend}/schedstat").read_text().split()[0]
        return int(spent) / 1_000


class Apart:
    """Sends the writing statements one by one, and counts what each costs the database."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.us: dict[str, float] = defaultdict(float)

    def send(
        self, statements: Iterable[Statement], *, commit: Callable[[], None] | None = None
    ) -> list[list[Any]]:
        """Send each in a round trip of its own, the commit last."""
        for statement in statements:
            begin = self.clock()
            run_together([statement])
            self.us[_name_of(statement[0])] += self.clock() - begin
        begin = self.clock()
        run_together([], commit=commit)
        self.us["commit"] += self.clock() - begin
        return []


def _name_of(text: str) -> str:
    words = text.split()
    if "ledger_entryline" in words:
        return "ledger"
    tables = [word for word in words if word.startswith(("marketplace_", "accounts_", "ledger_"))]
    return tables[0].partition("_")[2].partition("(")[0] if tables else words[0]
