"""The book's figures: no database, no web; ours in a process of its own, like each peer."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench import mixes
from bench.child import Child, child, peer
from bench.figures import Figure, Round, Run, figure
from bench.machine import watched

HOUSE = (".venv/bin/python", "-m", "bench.house")
Peer = tuple[str, tuple[str, ...], str]
LIGHT: Peer = ("lightmatchingengine", ("lightmatchingengine==2019.1.4",), "plain_peer.py")
LOB: Peer = ("limit_order_book", ("limit-order-book==2.0.0",), "plain_peer.py")
NUMBA: Peer = ("numba", ("numba==0.68.1", "numpy==2.4.6"), "numba_peer.py")
GROWTH = (100_000, 1_000)
RESTING_ORDERS = 100_000


class Compared:
    """Ours and a peer on the same operations; what they traded must be the same."""

    def __init__(self, _seconds: float, _mix: str) -> None:
        self.ours: Child
        self.peer: Child
        self.files: dict[str, str] = {}

    id, work, mix = "", "", ""
    peer_of: Peer = LIGHT
    same: tuple[str, ...] = ("traded",)
    operations = mixes.PLAIN_OPERATIONS

    def figures(self) -> list[Figure]:
        """Return the empty figure."""
        return [figure(self.id, "ratio", self.mix)]

    def contents(self) -> dict[str, Sequence[object]]:
        """Return the operations, by the name of their file."""
        return {"operations": mixes.plain()}

    @contextmanager
    def open(self) -> Iterator["Compared"]:
        """Install the peer once; write the operations; start both."""
        name, packages, script = self.peer_of
        with ExitStack() as stack:
            self.peer = stack.enter_context(peer(name, packages, script, name))
            self.ours = stack.enter_context(child(*HOUSE))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for word, rows in self.contents().items():
                (folder / word).write_text(json.dumps(rows))
                self.files[word] = str(folder / word)
            yield self

    def round(self) -> list[Round]:
        """Measure ours, then the peer."""
        ours, first = self._run(self.ours, work=self.work, **self.files)
        peers, second = self._run(self.peer, **self.files)
        differing = [name for name in self.same if first[name] != second[name]]
        if differing:
            msg = f"{self.id}: not the same trades: {first} {second}"
            raise RuntimeError(msg)
        return [Round(ours=ours, peer=peers)]

    def _run(self, who: Child, **work: object) -> tuple[Run, dict[str, Any]]:
        answer, foreign_bp = asked(lambda: who.ask(**work))
        told = ", ".join(f"{name} {answer[name]}" for name in self.same) + ran(answer)
        return rate("commands/s", self.operations, answer, foreign_bp, told), answer


class AgainstLight(Compared):
    """book.vs_lightmatchingengine."""

    id, work, peer_of = "book.vs_lightmatchingengine", "plain", LIGHT
    mix = (
        f"{mixes.PLAIN_OPERATIONS:,} commands on one product, 45 % sells and 45 % buys around one"
        " price, 10 % cancels; each in a call of its own; same traded volume; ours checks"
        f" members, funds, capacity and limits as well; ÷ {LIGHT[1][0]}"
    )


class AgainstLob(Compared):
    """book.vs_limit_order_book."""

    id, work, peer_of = "book.vs_limit_order_book", "plain", LOB
    mix = (
        "the same commands; the peer's volume is submitted - cancelled - resting;"
        f" ÷ {LOB[1][0]} (C++)"
    )


class AgainstNumba(Compared):
    """book.requirements_per_s_vs_numba."""

    id, work, peer_of = "book.requirements_per_s_vs_numba", "required", NUMBA
    same = ("trades", "digest")
    operations = mixes.REQUIRED_OPERATIONS
    mix = (
        f"{mixes.RESTING:,} resting listings of {mixes.CHIPS} chips in"
        f" {mixes.CHIPS * len(mixes.MEMORIES_GB) * len(mixes.RTTS_MS)} pools, 10 to 50 hours each;"
        f" {mixes.REQUIRED_OPERATIONS:,} commands: 50 % orders at once with memory, round trip and"
        " window, 40 % listings, 10 % withdrawals; same list of trades; ÷ a compiled scan that"
        f" matches and checks nothing else ({NUMBA[1][0]})"
    )

    def contents(self) -> dict[str, Sequence[object]]:
        """Return the listings that rest, and the operations."""
        resting, operations = mixes.required()
        return {"resting": resting, "operations": operations}


class Growth:
    """book.growth_1k_to_100k: the same orders over few and over many listings."""

    def __init__(self, _seconds: float, _mix: str) -> None:
        self.ours: Child

    def figures(self) -> list[Figure]:
        """Return the empty figure."""
        mix = (
            "cost per command at 100,000 resting listings ÷ at 1,000, of 512 pools; 50 % orders"
            " at once of which every second fills, 25 % listings, 25 % withdrawals"
        )
        return [figure("book.growth_1k_to_100k", "ratio", mix)]

    @contextmanager
    def open(self) -> Iterator["Growth"]:
        """Fill both books."""
        with child(*HOUSE) as self.ours:
            for listings in GROWTH:
                self.ours.ask(work="growth", listings=listings)
            yield self

    def round(self) -> list[Round]:
        """Measure the large book, then the small one."""
        large, small = (self._run(listings) for listings in GROWTH)
        return [Round(ours=large, peer=small)]

    def _run(self, listings: int) -> Run:
        answer, foreign_bp = asked(lambda: self.ours.ask(work="growth", listings=listings))
        cost = answer["seconds"] * 1_000_000 / answer["orders"]
        cpu = answer["cpu_s"] * 1_000_000 / answer["orders"]
        told = f"{answer['filled']} of {answer['orders']} filled{ran(answer)}"
        return Run(cost, "µs", cpu, foreign_bp, told)


class Memory:
    """book.bytes_per_resting_order."""

    def __init__(self, _seconds: float, _mix: str) -> None:
        pass

    def figures(self) -> list[Figure]:
        """Return the empty figure."""
        mix = f"what {RESTING_ORDERS:,} resting orders add to the process, in a new process"
        return [figure("book.bytes_per_resting_order", "bytes", mix)]

    @contextmanager
    def open(self) -> Iterator["Memory"]:
        """Nothing is kept between rounds."""
        yield self

    def round(self) -> list[Round]:
        """Measure once."""
        with child(*HOUSE) as ours:
            answer, _foreign = asked(lambda: ours.ask(work="memory", orders=RESTING_ORDERS))
        return [Round(ours=Run(answer["bytes"], "bytes", note=ran(answer, "")))]


def asked(work: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], int]:
    """Return the answer, and how busy others were meanwhile."""
    answers: list[dict[str, Any]] = []
    usage = watched(lambda: answers.append(work()), ours=[os.getpid()], servers=[os.getpid()])
    return answers[0], usage.foreign_bp


def ran(answer: dict[str, Any], before: str = "; ") -> str:
    """Return which of our books it was, compiled or not; nothing for a peer."""
    return f"{before}{answer['runs']}" if "runs" in answer else ""


def rate(unit: str, count: int, answer: dict[str, Any], foreign_bp: int, note: str) -> Run:
    """Return a rate from the seconds that the process itself measured."""
    cpu_us = answer["cpu_s"] * 1_000_000 / count
    return Run(count / answer["seconds"], unit, cpu_us, foreign_bp, note)
