"""Our book in a process of its own, without a database; `bench.house` starts it.

Each line in is one piece of work as JSON; each line out is what it took, and which book ran.
"""

import gc
import hashlib
import json
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from bench import mixes, said
from exchange.book import Book
from exchange.book.commands import Buy, Said, Sell, Withdraw
from exchange.book.events import Happened, Rejected, Traded
from exchange.units import TICK_MICROS

PAGE = os.sysconf("SC_PAGE_SIZE")
LISTED_DEVICES, LISTED_HOURS = 10_000, 48
GROWTH_ORDERS = 4_000


def opened(*parts: Sequence[Said]) -> Book:
    """Return a book that has been told all this; refusals are faults of the mix."""
    book = Book()
    for part in (list(said.traders()), *parts):
        for command in part:
            for event in book.apply(command):
                assert not isinstance(event, Rejected), (command, event)
    return book


def timed(book: Book, commands: Sequence[Said]) -> tuple[dict[str, float], list[list[Happened]]]:
    """Say each command in a call of its own; return the times and all that was answered."""
    answers: list[list[Happened]] = []
    apply, keep = book.apply, answers.append
    gc.collect()
    gc.disable()
    begun, busy = time.perf_counter(), time.process_time()
    for command in commands:
        keep(apply(command))
    times = {"seconds": time.perf_counter() - begun, "cpu_s": time.process_time() - busy}
    gc.enable()
    return times, answers


def trades(answers: Sequence[list[Happened]]) -> list[Traded]:
    """Return the trades among the answers, in order."""
    return [event for events in answers for event in events if isinstance(event, Traded)]


def plain(work: dict[str, Any]) -> dict[str, Any]:
    """One product, price-time."""
    operations: list[mixes.Plain] = json.loads(Path(work["operations"]).read_text())
    book = opened(list(said.one_pool()))
    times, answers = timed(book, said.said_plainly(operations))
    return {**times, "traded": sum(trade.devices for trade in trades(answers))}


def required(work: dict[str, Any]) -> dict[str, Any]:
    """With requirements, over listings that rest."""
    resting: list[mixes.Required] = json.loads(Path(work["resting"]).read_text())
    operations: list[mixes.Required] = json.loads(Path(work["operations"]).read_text())
    book = opened(list(said.all_pools()), said.said_with_requirements(resting))
    times, answers = timed(book, said.said_with_requirements(operations))
    done = [
        [row.order, row.listing, row.price_micros // TICK_MICROS, row.devices]
        for row in trades(answers)
    ]
    return {**times, "trades": len(done), "digest": digest(done)}


class Growing:
    """A book of so many listings, the same before and after each round of orders."""

    def __init__(self, listings: int) -> None:
        pools = list(said.all_pools())
        self.pools = len(pools)
        self.numbers = count(1)
        self.standing = deque(self._listing() for _ in range(listings))
        self.book = opened(pools, list(self.standing))

    def round(self) -> dict[str, Any]:
        """Half buys of which half fill, a quarter listings, a quarter withdrawals."""
        commands: list[Said] = []
        for number in range(GROWTH_ORDERS):
            if number % 4 == 0:
                commands.append(self._listing(keep=True))
            elif number % 4 == 1:
                oldest = self.standing.popleft()
                commands.append(Withdraw(listing=oldest.listing, member=said.SELLER))
            else:
                commands.append(self._order(fills=number % 4 == 2))
        times, answers = timed(self.book, commands)
        filled = len({trade.order for trade in trades(answers)})
        return {**times, "orders": len(commands), "filled": filled}

    def _listing(self, *, keep: bool = False) -> Sell:
        number = next(self.numbers)
        ask = 100 + number * 7_919 % 101
        pool = 1 + number % self.pools
        row = said.listing(number, pool, LISTED_DEVICES, 0, LISTED_HOURS, ask)
        if keep:
            self.standing.append(row)
        return row

    def _order(self, *, fills: bool) -> Buy:
        number = next(self.numbers)
        begin = number % 40
        limit = 200 if fills else 90
        chip = number // 4 % mixes.CHIPS
        return said.order(number, chip, 141, 11, (begin, begin + 4), limit, 1)


def memory(work: dict[str, Any]) -> dict[str, Any]:
    """Let orders rest that nothing fills; return the bytes that each takes."""
    book = opened(list(said.all_pools()))
    resting = int(work["orders"])
    gc.collect()
    before = _resident_bytes()
    for number in range(1, resting + 1):
        window = (number % 40, number % 40 + 4)
        book.apply(said.order(number, number % mixes.CHIPS, 80, 50, window, 90, 1, "GTC"))
    gc.collect()
    return {"bytes": (_resident_bytes() - before) / resting, "number": book.number}


def digest(rows: Sequence[Sequence[int]]) -> str:
    """Return one word for a list of trades, for two books to compare."""
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def main(runs: str) -> None:
    """Answer each line until there are no more; `runs` says which book this is."""
    growing: dict[int, Growing] = {}
    for line in sys.stdin:
        work = json.loads(line)
        if work["work"] == "growth":
            listings = int(work["listings"])
            growing.setdefault(listings, Growing(listings))
            answer = growing[listings].round()
        else:
            answer = {"plain": plain, "required": required, "memory": memory}[work["work"]](work)
        print(json.dumps({**answer, "runs": runs}), flush=True)
