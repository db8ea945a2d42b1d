"""ledger.entries_vs_hordak: balanced entries of our book by django-hordak's, one a commit."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Figure, Goal, Round, Run
from bench.machine import watched
from bench.orders import postmaster
from bench.place import BASE, peer_address
from exchange.posting import Line, Posting
from ledger.actions import post
from timetable.queries import market_now

PEER_PACKAGES = ("django-hordak==2.0.0", "django>=5.2,<5.3", "psycopg[binary]>=3.2")
PEER_HOME = BASE / "var" / "bench" / "hordak"
MIX = (
    "entries of two lines between house accounts, each in a transaction of its own, one"
    " connection ÷ django-hordak transfer_to in the same way on the same server"
)


class Books:
    """Our book in this process, the peer's in one of its own environment."""

    def __init__(self, seconds: float) -> None:
        self.entries = max(50, round(seconds * 100))
        self.posted = 0
        self.peer: subprocess.Popen[str]
        self.postmaster = postmaster()

    def figure(self) -> Figure:
        """Return the empty figure."""
        return Figure("ledger.entries_vs_hordak", "ratio", MIX, Goal())

    @contextmanager
    def open(self) -> Iterator["Books"]:
        """Install the peer once, and keep its process for all rounds."""
        python = _environment()
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

    def round(self) -> Round:
        """Measure our entries, then the peer's."""
        return Round(ours=self._measured(self._post), peer=self._measured(self._transfer))

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


def _environment() -> Path:
    """Return the Python of the peer's own environment, installed by the first bench."""
    python = PEER_HOME / "bin" / "python"
    if not (PEER_HOME / "installed").exists():
        print("  installing django-hordak beside us (once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEER_HOME)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "-qqq", "--no-input", *PEER_PACKAGES],
            check=True,
        )
        (PEER_HOME / "installed").touch()
    return python
