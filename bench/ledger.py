"""ledger.entries_vs_hordak: balanced entries of our book by django-hordak's, one a commit."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.child import environment
from bench.figures import Figure, Round, Run, figure
from bench.machine import watched
from bench.place import BASE, peer_address
from bench.server import postmaster
from exchange.posting import Line, Posting
from ledger.actions import post
from timetable.queries import market_now

PEER_PACKAGES = ("django-hordak==2.0.0", "django>=5.2,<5.3", "psycopg[binary]>=3.2")
MIX = (
    "entries of two lines between house accounts, each in a transaction of its own, one"
    " connection ÷ django-hordak transfer_to in the same way on the same server"
)


class Books:
    """Our book in this process, the peer's in one of its own environment."""

    def __init__(self, seconds: float, _mix: str) -> None:
        self.entries = max(50, round(seconds * 100))
        self.posted = 0
        self.peer: subprocess.Popen[str]
        self.postmaster = postmaster()

    def figures(self) -> list[Figure]:
        """Return the empty figure."""
        return [figure("ledger.entries_vs_hordak", "ratio", MIX)]

    @contextmanager
    def open(self) -> Iterator["Books"]:
        """Install the peer once, and keep its process for all rounds."""
        python = environment("hordak", PEER_PACKAGES)
        self.peer = subprocess.Popen(
            [str(python), str(BASE / "bench" / "peers" / "hordak_peer.py"), peer_address()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            if self._answer() != "ready":
                msg = "the peer did not start"
                raise RuntimeError(msg)
            self._post(20)
            self._transfer(20)
            yield self
        finally:
            self.peer.terminate()
            self.peer.wait(timeout=20)

    def round(self) -> list[Round]:
        """Measure our entries, then the peer's."""
        return [Round(ours=self._measured(self._post), peer=self._measured(self._transfer))]

    def _measured(self, work: Callable[[int], float]) -> Run:
        seconds: list[float] = []
        usage = watched(
            lambda: seconds.append(work(self.entries)),
            ours=[os.getpid(), self.postmaster],
            servers=[os.getpid(), self.postmaster],
        )
        return Run(
            value=self.entries / seconds[0],
            unit="entries/s",
            cpu_us_each=usage.servers_s * 1_000_000 / self.entries,
            foreign_bp=usage.foreign_bp,
        )

    def _post(self, count: int) -> float:
        now = market_now()
        start = time.perf_counter()
        for _ in range(count):
            self.posted += 1
            lines = (Line("bank:transfer", -10_000), Line("fees", 10_000))
            post(posting=Posting(f"bench:{self.posted}", lines), kind="BENCH", now=now)
        return time.perf_counter() - start

    def _transfer(self, count: int) -> float:
        assert self.peer.stdin is not None
        self.peer.stdin.write(f"{count}\n")
        self.peer.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self.peer.stdout is not None
        line: str = self.peer.stdout.readline()
        return line.strip()
