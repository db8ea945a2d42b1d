"""The bundle that is published: book, outcome, commitments, and how to check them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from exchange.verifying.anonymous import Anonymous, Json, commitment_of, lines_of
from exchange.verifying.report import Check, report
from exchange.verifying.rows import Finding, Row, Unreadable, canonical_hash

FILES: Final = ("book.json", "outcome.json", "commitments.json", "README")
MOST_BYTES: Final = 400_000_000
README: Final = """\
Auction %(auction)s: the frozen book without names, and what the clearing said.

book.json         every offer, link and order, participants by number
outcome.json      prices, who executes, payments, bound, rejections with their reasons
commitments.json  for each participant a salted sha256 of its member number and its lines

Check everything:     manage.py verify_auction BUNDLE
Check your own line:  manage.py verify_auction BUNDLE --member COMMITMENT
Your commitment and its salt are told to you alone. The rules are in docs/rulebook.md,
the format in docs/auction-format.md.

sha256 of book.json's canonical JSON: %(book)s
"""


def bundle_of(frozen: Anonymous, outcome: Json) -> dict[str, bytes]:
    """Return the files of a bundle, the same bytes for the same book and outcome."""
    facts = {"auction": frozen.book["auction"], "book": canonical_hash(frozen.book)}
    return {
        "book.json": _written(frozen.book),
        "outcome.json": _written(outcome),
        "commitments.json": _written(frozen.commitments),
        "README": (README % facts).encode(),
    }


def _written(data: Json) -> bytes:
    return (json.dumps(data, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def parsed(files: Mapping[str, bytes], name: str) -> Any:
    """Return what a file of the bundle says; raises Unreadable where it is absent or no JSON."""
    if name not in files:
        raise Unreadable(name, "", "the bundle has no such file")
    try:
        return json.loads(files[name], object_pairs_hook=_once, parse_float=_no_float)
    except ValueError as error:
        raise Unreadable(name, "", f"this is no JSON: {error}") from None


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is there twice")
    return found


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is no whole number")


def check_bundle(files: Mapping[str, bytes]) -> tuple[Check, ...]:
    """Run every check on a bundle's files; what cannot be read is a finding."""
    try:
        book, outcome = parsed(files, "book.json"), parsed(files, "outcome.json")
        said = parsed(files, "commitments.json")
        checks = report(book, outcome)
        if checks.book is None:
            return checks.checks
        return (*checks.checks, _commitments(book, said))
    except Unreadable as error:
        return (Check("format", "the files", (Finding("UNREADABLE", error.row, str(error)),)),)


def _commitments(book: Json, said: object) -> Check:
    rows = participants_of(said)
    found = tuple(_wrong_commitments(book, rows))
    return Check("commitments", f"{len(rows)} participants", found)


def participants_of(said: object) -> dict[int, tuple[str, str]]:
    """Return commitment and hash of lines by participant; raises Unreadable."""
    row = Row(said, "commitments")
    found = {
        one.whole("participant"): (one.text("commitment"), one.text("lines"))
        for one in row.rows("participants", "participant")
    }
    if len(found) != len(row.listed("participants")):
        raise row.fail("participants", "a participant is there twice")
    return found


def _wrong_commitments(book: Json, rows: dict[int, tuple[str, str]]) -> Iterator[Finding]:
    lines = lines_of(book)
    for participant in sorted(lines.keys() ^ rows.keys()):
        yield Finding(
            "COMMITMENT", f"participant {participant}", "it has rows or a commitment only"
        )
    for participant in sorted(lines.keys() & rows.keys()):
        if rows[participant][1] != lines[participant]:
            yield Finding("LINES", f"participant {participant}", "its rows are not those committed")
    said = [commitment for commitment, _ in rows.values()]
    if len(set(said)) != len(said):
        yield Finding("COMMITMENT", "commitments", "one commitment is there twice")


def opens(auction: str, rows: dict[int, tuple[str, str]], member: int, salt: str) -> int | None:
    """Return the participant that this member is, told by its salt; None where there is none."""
    for participant, (commitment, lines) in rows.items():
        if commitment == commitment_of(auction, member, salt, lines):
            return participant
    return None
