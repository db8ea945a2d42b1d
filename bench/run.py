"""All figures, one group after the other."""

import importlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from bench import report
from bench.child import PeerMissingError
from bench.figures import Figure, Round, collect
from bench.machine import facts


class Measured(Protocol):
    """Something that takes rounds once it is open: one round of each of its figures."""

    def figures(self) -> list[Figure]:
        """Return the empty figures."""

    def open(self) -> AbstractContextManager[object]:
        """Start what the rounds need."""

    def round(self) -> Iterable[Round]:
        """Measure ours and the peer, in the order of the figures."""


# Group: what measures it. Modules that know the models are loaded only when they are wanted.
MEASURES = {
    "book": (
        "bench.books:AgainstLight",
        "bench.books:AgainstLob",
        "bench.books:AgainstNumba",
        "bench.books:Growth",
        "bench.books:Memory",
    ),
    "path": ("bench.orders:OrderPath",),
    "ledger": ("bench.ledger:Books",),
    "pages": ("bench.pages:Pages",),
}
WITHOUT_DATABASE = {"book"}


def run(*, rounds: int, seconds: float, only: list[str]) -> list[Figure]:
    """Measure, print the table and write the file."""
    figures: list[Figure] = []
    missing: dict[str, str] = {}
    wanted = [name for name in MEASURES if not only or name in only]
    for place in (place for name in wanted for place in MEASURES[name]):
        measured = _loaded(place, seconds)
        try:
            with measured.open():
                taken = measured.figures()
                collect(taken, measured.round, rounds, partial(report.progress, rounds))
                figures += taken
        except PeerMissingError as problem:
            for figure in measured.figures():
                missing[figure.id] = str(problem)
                print(f"  {figure.id:<34} left out: {problem}", flush=True)
    postgres = "no database" if set(wanted) <= WITHOUT_DATABASE else _postgres()
    machine = facts(postgres)
    report.save(figures, machine, missing)
    print(f"\n{report.table(figures, machine)}\n\nwritten to {report.RESULTS}")
    return figures


def _loaded(place: str, seconds: float) -> Measured:
    module, _, name = place.partition(":")
    measured: Measured = getattr(importlib.import_module(module), name)(seconds)
    return measured


def _postgres() -> str:
    return str(importlib.import_module("bench.server").version())
