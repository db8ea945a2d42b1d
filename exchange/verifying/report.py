"""All checks in a row, each with what it looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.verifying import choosing, merit, money, placing, selling
from exchange.verifying.book import Book
from exchange.verifying.case import Case, Findings
from exchange.verifying.outcome import Outcome, read_outcome
from exchange.verifying.reading import read_book
from exchange.verifying.rows import Finding, Unreadable


@dataclass(frozen=True)
class Check:
    """One check: its name, what it looked at, and what it found."""

    name: str
    looked_at: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Report:
    """Every check of one outcome. `book` and `outcome` are None where they cannot be read."""

    checks: tuple[Check, ...]
    book: Book | None = None
    outcome: Outcome | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what all checks found."""
        return tuple(finding for check in self.checks for finding in check.findings)


_CHECKS: tuple[tuple[str, str, Callable[[Case], Findings]], ...] = (
    ("orders told once", "orders", choosing.each_once),
    ("parents", "accepted", choosing.parents),
    ("windows and conditions", "accepted", placing.places),
    ("all or none, whole devices, fills", "accepted", placing.shapes),
    ("offers and links add up", "accepted", placing.served),
    ("links lead to the city", "accepted", placing.arcs),
    ("capacity of offers", "offers", selling.offers_hold),
    ("block offers", "offers", selling.block_offers),
    ("capacity and price of links", "links", selling.links_hold),
    ("merit order of links", "links", selling.links_in_order),
    ("merit order of offers", "offers", merit.merit_order),
    ("no seller below the ask", "offers", selling.sellers_gain),
    ("no buyer above limit or budget", "accepted", money.buyers_gain),
    ("values and payments", "accepted", money.payments),
    ("prices", "cells", money.prices_on_the_grid),
    ("welfare and bound", "orders", money.welfare_and_bound),
    ("rejections and their reasons", "rejected", choosing.reasons),
)


def report(book_json: object, outcome_json: object) -> Report:
    """Run every check on a book and its outcome, as parsed from JSON.

    A file that cannot be read is one finding, UNREADABLE, and ends the report.
    """
    try:
        book = read_book(book_json)
        outcome = read_outcome(outcome_json, book)
    except Unreadable as error:
        finding = Finding("UNREADABLE", error.row, str(error))
        return Report((Check("format", "the files", (finding,)),))
    case, counts = Case(book, outcome), _counts(book, outcome)
    checks = [
        Check(name, f"{counts[what]} {what}", tuple(find(case))) for name, what, find in _CHECKS
    ]
    checks.append(_of_files(book_json, outcome_json, book, outcome))
    return Report(tuple(checks), book, outcome)


def _of_files(book_json: object, outcome_json: object, book: Book, outcome: Outcome) -> Check:
    assert isinstance(outcome_json, dict)
    said = (outcome.book_hash, outcome.outcome_hash)
    found = list(choosing.hashes(book_json, outcome_json, said))
    if outcome.auction != book.auction:
        found.append(Finding("AUCTION", "outcome", f"it is of {outcome.auction}"))
    return Check("hashes", "2 files", tuple(found))


def _counts(book: Book, outcome: Outcome) -> dict[str, int]:
    return {
        "orders": len(book.orders),
        "offers": len(book.offers),
        "links": len(book.links),
        "accepted": len(outcome.accepted),
        "rejected": len(outcome.rejected),
        "cells": (len(book.nodes) + len(book.arcs)) * book.hours,
    }


def verify(book_json: object, outcome_json: object) -> list[Finding]:
    """Return everything that is wrong with an outcome; nothing where all is right."""
    return list(report(book_json, outcome_json).findings)
