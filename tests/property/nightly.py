"""A million commands to the book and to its slow reference: `make nightly`.

Each batch of days begins its chance at a number of its own, so that another night looks at other
days; `--begin` repeats a night. At its end it prints how many commands were sent, and how many
batches the two answered differently; it exits 1 when there was one.
"""

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count

from hypothesis import Phase

from exchange.book import Book
from tests.property.test_book_against_reference import Comparison, compare

COMMANDS = 1_000_000
DAYS_A_BATCH = 200
MOST_TOLD = 5
MOST_CHARACTERS = 4_000
BAR = 30


@dataclass(frozen=True)
class Batch:
    """Where its chance began, what was sent, and what differed, if anything."""

    begin: int
    steps: int
    kinds: Counter[str]
    difference: str


def spend(begin: int) -> Batch:
    """Send a batch of days to both books."""
    comparison, difference = Comparison(Book), ""
    phases = (Phase.generate, Phase.shrink)
    try:
        compare(comparison, examples=DAYS_A_BATCH, begin=begin, database=None, phases=phases)
    except Exception as problem:  # noqa: BLE001 - a crash of either book is a difference too
        difference = f"{type(problem).__name__}: {problem}"
    return Batch(begin, comparison.steps, comparison.kinds, difference)


@dataclass
class Night:
    """Adds up what the batches tell, and shows how far it is."""

    wanted: int
    steps: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    differences: list[Batch] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        """Tell whether enough was sent, or enough differed."""
        return self.steps >= self.wanted or len(self.differences) >= MOST_TOLD

    def hear(self, batch: Batch) -> None:
        """Add a batch."""
        self.steps += batch.steps
        self.kinds += batch.kinds
        if batch.difference:
            self.differences.append(batch)

    def show(self) -> None:
        """Draw the bar anew."""
        done = min(BAR, BAR * self.steps // self.wanted)
        seconds = time.monotonic() - self.began
        told = f"{self.steps:,} commands, {len(self.differences)} differences"
        told += f", {self.steps / seconds:,.0f} a second"
        sys.stderr.write(f"\r[{'#' * done:<{BAR}}] {told}   ")
        sys.stderr.flush()

    def tell(self, begin: int) -> None:
        """Print what came of it."""
        sys.stderr.write("\n")
        for batch in self.differences:
            sys.stdout.write(f"begin {batch.begin}:\n{batch.difference[:MOST_CHARACTERS]}\n")
        for kind, times in self.kinds.most_common():
            sys.stdout.write(f"  {kind:<16} {times:>10,}\n")
        minutes = (time.monotonic() - self.began) / 60
        sys.stdout.write(
            f"{self.steps:,} commands, {len(self.differences)} differences"
            f" (begin {begin}, {minutes:.0f} minutes)\n"
        )


def batches(pool: ProcessPoolExecutor, begin: int, workers: int) -> Iterator[Batch]:
    """Return batch after batch, without end; a few are always under way."""
    numbers = count(begin)
    waiting: set[Future[Batch]] = {pool.submit(spend, next(numbers)) for _ in range(workers + 1)}
    while True:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            waiting.add(pool.submit(spend, next(numbers)))
            yield future.result()


def main() -> None:
    """Send at least so many commands."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--commands", type=int, default=COMMANDS, help="at least so many")
    asked.add_argument("--begin", type=int, default=secrets.randbits(31), help="repeats a night")
    asked.add_argument("--workers", type=int, default=2, help="processes that compare")
    told = asked.parse_args()
    night = Night(max(told.commands, 1))
    with ProcessPoolExecutor(told.workers) as pool:
        for batch in batches(pool, told.begin, told.workers):
            night.hear(batch)
            night.show()
            if night.over:
                break
        pool.shutdown(cancel_futures=True)
    night.tell(told.begin)
    sys.exit(bool(night.differences))


if __name__ == "__main__":
    main()
