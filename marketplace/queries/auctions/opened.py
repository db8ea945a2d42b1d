"""A published bundle opened to look into: parsed, its loads added up, kept in memory."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from exchange.verifying.book import Book
from exchange.verifying.bundle import check_bundle, parsed
from exchange.verifying.case import Case
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from exchange.verifying.report import Check
from exchange.window import hour_start
from marketplace.models import Auction
from marketplace.queries.auctions.reading import bundle_files

# A bundle never changes, and the largest takes some hundred megabytes.
MOST_KEPT = 4


@dataclass(frozen=True)
class Opened:
    """An auction as its bundle tells it, with what the verifier found where it was asked."""

    case: Case
    first_hour: int
    checks: tuple[Check, ...] = ()

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


def opened(files: dict[str, bytes], *, checked: bool = False) -> Opened:
    """Open a bundle's files; raises Unreadable where they say what the format does not know.

    Where it is `checked`, the verifier runs over it: for a large book that takes a while.
    """
    document = parsed(files, "book.json")
    book = read_book(document)
    outcome = read_outcome(parsed(files, "outcome.json"), book)
    checks = check_bundle(files) if checked else ()
    return Opened(Case(book, outcome), document.get("first_hour", 0), checks)


def opened_auction(auction: Auction) -> Opened:
    """Open a published auction, once a process; refuses with NotFound before publication.

    Nothing was published in which the verifier found anything, so that it does not run again.
    """
    return _opened(auction.pk, auction.state, auction.book_sha256)


@lru_cache(maxsize=MOST_KEPT)
def _opened(auction_id: int, state: str, _book_sha256: str) -> Opened:
    return opened(bundle_files(Auction(pk=auction_id, state=state)))
