"""A published bundle opened for its pages: parsed, checked by the rulebook, kept in memory."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from exchange.verifying.book import Book
from exchange.verifying.bundle import FILES, check_bundle, parsed
from exchange.verifying.case import Case
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from exchange.verifying.report import Check
from exchange.window import hour_start

EXAMPLE = "docs/examples/day-ahead"


@dataclass(frozen=True)
class Opened:
    """An auction as its bundle tells it, with what the verifier found."""

    case: Case
    first_hour: int
    checks: tuple[Check, ...]

    @property
    def book(self) -> Book:
        """Return the frozen book."""
        return self.case.book

    @property
    def findings(self) -> int:
        """Return how much the verifier found wrong."""
        return sum(len(check.findings) for check in self.checks)

    def at(self, hour: int) -> datetime:
        """Return the instant at which an hour of the auction begins."""
        return hour_start(self.first_hour + hour)


@lru_cache(maxsize=1)
def example() -> Opened:
    """Open the invented day that comes with the documentation."""
    folder = Path(settings.BASE_DIR) / EXAMPLE
    return opened({name: (folder / name).read_bytes() for name in FILES})


def opened(files: dict[str, bytes]) -> Opened:
    """Open a bundle's files; raises Unreadable where they say what the format does not know."""
    document = parsed(files, "book.json")
    book = read_book(document)
    outcome = read_outcome(parsed(files, "outcome.json"), book)
    return Opened(Case(book, outcome), document.get("first_hour", 0), check_bundle(files))
