"""What was cleared in this run, so that figures of one size share one clearing."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from bench.auction.generator import generate
from bench.auction.greedy import greedy
from bench.child import child
from bench.figures import Run
from bench.machine import watched
from exchange.verifying.reading import read_book

HOUSE = (".venv/bin/python", "-m", "bench.auction.house")


class UnsoundError(Exception):
    """An outcome does not pass the verifier: nothing that was measured of it counts."""


class Taken:
    """Books written to a folder and their clearings, each made once."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self.book = cache(self._book)
        self.cleared = cache(self._cleared)
        self.greedy_micros = cache(self._greedy_micros)

    def _book(self, size: str, *, linked: bool = False) -> dict[str, Any]:
        return generate(size, self.seed, linked=linked)

    def _cleared(self, size: str, *, linked: bool = False, threads: int = 0) -> dict[str, Any]:
        return self.ours(self.book(size, linked=linked), threads)

    def ours(self, book: dict[str, Any], threads: int = 0) -> dict[str, Any]:
        """Clear a book in a new process; UnsoundError where the verifier finds anything."""
        print(f"  clearing {book['auction']} ({len(book['orders'])} orders)", flush=True)
        path = self.folder / "book.json"
        path.write_text(json.dumps(book))
        limit = ("env", f"NUMBA_NUM_THREADS={threads}") if threads else ()
        with child(*limit, *HOUSE) as house:
            house.answer()
            return sound(watch(lambda: house.ask(book=str(path), verify=True)))

    def _greedy_micros(self, size: str) -> int:
        print(f"  clearing {size} naively", flush=True)
        return greedy(read_book(self.book(size))).welfare_micros()


def watch(work: Any) -> dict[str, Any]:
    """Return the answer and, in it, how busy others were meanwhile."""
    answers: list[dict[str, Any]] = []
    usage = watched(lambda: answers.append(work()), ours=[os.getpid()], servers=[])
    return {**answers[0], "foreign_bp": usage.foreign_bp}


def sound(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer; UnsoundError where it has findings."""
    if answer["findings"]:
        raise UnsoundError("; ".join(answer["findings"]))
    return answer


def run_of(answer: dict[str, Any], value: float, unit: str) -> Run:
    """Return a run of that value, with the processor time of each order and what was cleared."""
    note = (
        f"welfare {answer['welfare_micros'] / 1e6:,.2f} yuan, bound"
        f" {answer['bound_micros'] / 1e6:,.2f}; {answer['rejected_in_the_money']} of"
        f" {answer['orders']} rejected in the money; {answer['seconds']:.1f} s,"
        f" {answer['cpu_s']:.1f} s of processors, {answer['peak_mib']:,.0f} MiB"
    )
    cpu_us = answer["cpu_s"] * 1e6 / answer["orders"]
    return Run(value, unit, cpu_us, answer["foreign_bp"], note)


def yuan(micros: int) -> Run:
    """Return an amount to divide by."""
    return Run(micros / 1e6, "yuan")
