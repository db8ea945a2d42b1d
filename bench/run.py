"""All figures, one after the other."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from django.db import connection

from bench import report
from bench.figures import Figure, Round, collect
from bench.ledger import Books
from bench.machine import facts
from bench.orders import OrderPath
from bench.pages import Pages


class Measured(Protocol):
    """Something that takes rounds once it is open."""

    def figure(self) -> Figure:
        """Return the empty figure."""

    def open(self) -> AbstractContextManager[object]:
        """Start what the rounds need."""

    def round(self) -> Round:
        """Measure ours and the peer."""


MEASURES: dict[str, Callable[[float], Measured]] = {
    "path": OrderPath,
    "ledger": Books,
    "pages": Pages,
}


def run(*, rounds: int, seconds: float, only: list[str]) -> list[Figure]:
    """Measure, print the table and write the file."""
    figures = []
    for name, measure in MEASURES.items():
        if only and name not in only:
            continue
        measured = measure(seconds)
        with measured.open():
            figure = measured.figure()
            say = partial(report.progress, figure, rounds)
            figures.append(collect(figure, measured.round, rounds, say))
    machine = facts(_postgres())
    report.save(figures, machine)
    print(f"\n{report.table(figures, machine)}\n\nwritten to {report.RESULTS}")
    return figures


def _postgres() -> str:
    settings = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
    values = []
    for name in settings:
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {name}")
            values.append(f"{name} {cursor.fetchone()[0]}")
    return "PostgreSQL " + ", ".join(values)
