"""All figures, one group after the other."""

import importlib
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from bench import report
from bench.child import PeerMissingError
from bench.figures import MOST_DISCARDS, Figure, Round, collect
from bench.machine import facts


class Measured(Protocol):
    """Something that takes rounds once it is open: one round of each of its figures."""

    def figures(self) -> list[Figure]:
        """Return the empty figures."""

    def open(self) -> AbstractContextManager[object]:
        """Start what the rounds need."""

    def round(self) -> Iterable[Round]:
        """Measure ours and the peer, in the order of the figures."""


# What measures which figures. Modules that know the models are loaded only when they are wanted.
MEASURES = {
    "bench.books:AgainstLight": ("book.vs_lightmatchingengine",),
    "bench.books:AgainstLob": ("book.vs_limit_order_book",),
    "bench.books:AgainstNumba": ("book.requirements_per_s_vs_numba",),
    "bench.books:Growth": ("book.growth_1k_to_100k",),
    "bench.books:Memory": ("book.bytes_per_resting_order",),
    "bench.orders:OrderPath": (
        "path.socket_256_vs_pgbench",
        "path.http_single_vs_pgbench",
        "path.http_batch50_vs_pgbench",
        "path.http_p99_vs_commit",
        "path.vs_naive_orm",
        "path.cpu_us_per_order_batch50",
    ),
    "bench.takeover:Takeover": ("path.takeover_s",),
    "bench.turns:Turns": (
        "turn.cpu_us_per_order_1",
        "turn.cpu_us_per_order_50",
        "turn.cpu_us_per_order_256",
    ),
    "bench.ledger:Books": ("ledger.entries_vs_hordak",),
    "bench.pages:Pages": ("pages.p95_vs_hello",),
    "bench.metering:Metering": ("metering.accept_and_seal_vs_copy",),
}
WITHOUT_DATABASE = {"book"}


@dataclass(frozen=True)
class Wanted:
    """What to measure, how often and how long; `only` names groups or figures, none is all."""

    rounds: int
    seconds: float
    mix: str
    only: Sequence[str] = ()
    discards: int = MOST_DISCARDS

    @property
    def places(self) -> list[str]:
        """Return what measures the wanted figures."""
        return [place for place, ids in MEASURES.items() if any(map(self._asks_for, ids))]

    @property
    def needs_database(self) -> bool:
        """Tell whether anything but the pure book is wanted."""
        groups = {group_of(MEASURES[place][0]) for place in self.places}
        return bool(groups - WITHOUT_DATABASE)

    def _asks_for(self, id_: str) -> bool:
        return not self.only or id_ in self.only or group_of(id_) in self.only


def group_of(id_: str) -> str:
    """Return the part of a figure's id before the point."""
    return id_.partition(".")[0]


def names() -> list[str]:
    """Return every group, then every figure."""
    ids = [id_ for several in MEASURES.values() for id_ in several]
    return [*dict.fromkeys(map(group_of, ids)), *ids]


def run(wanted: Wanted) -> list[Figure]:
    """Measure, print the table and write the file."""
    figures: list[Figure] = []
    missing: dict[str, str] = {}
    for place in wanted.places:
        measured = _loaded(place, wanted)
        try:
            with measured.open():
                taken = measured.figures()
                say = partial(report.progress, wanted.rounds)
                collect(taken, measured.round, wanted.rounds, say, wanted.discards)
                figures += taken
                measured_ids = {one.id for one in taken}
                missing.update(
                    {id_: "no answer" for id_ in MEASURES[place] if id_ not in measured_ids}
                )
        except PeerMissingError as problem:
            for id_ in MEASURES[place]:
                missing[id_] = str(problem)
                print(f"  {id_:<34} left out: {problem}", flush=True)
    machine = facts(_postgres() if wanted.needs_database else "no database")
    report.save(figures, machine, missing)
    print(f"\n{report.table(figures, machine)}\n\nwritten to {report.RESULTS}")
    return figures


def _loaded(place: str, wanted: Wanted) -> Measured:
    module, _, name = place.partition(":")
    measured: Measured = getattr(importlib.import_module(module), name)(wanted.seconds, wanted.mix)
    return measured


def _postgres() -> str:
    return str(importlib.import_module("bench.server").version())
