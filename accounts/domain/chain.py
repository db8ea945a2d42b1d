"""The audit chain: each hash binds the one before and the deed's every fact."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

START = "0" * 64


@dataclass(frozen=True)
class DeedFacts:
    """All that a deed says; changing a byte of it changes its hash."""

    deed_id: int
    at_market: datetime
    at_wall: datetime
    actor_person_id: int | None
    actor_member_id: int | None
    verb: str
    subject: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Link:
    """A deed in its place: its number in the chain and the two hashes that hold it there."""

    sequence: int
    previous_hash: str
    hash: str
    deed: DeedFacts


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold, and in plain words why."""

    sequence: int
    why: str


def hash_of(*, sequence: int, previous_hash: str, deed: DeedFacts) -> str:
    """Return SHA-256 over the canonical JSON of the place and the deed, in hex."""
    document = {
        "sequence": sequence,
        "previous": previous_hash,
        "deed": deed.deed_id,
        "at_market": _instant(deed.at_market),
        "at_wall": _instant(deed.at_wall),
        "person": deed.actor_person_id,
        "member": deed.actor_member_id,
        "verb": deed.verb,
        "subject": deed.subject,
        "facts": deed.facts,
    }
    return hashlib.sha256(canonical(document)).hexdigest()


def canonical(document: Mapping[str, object]) -> bytes:
    """Return the document as JSON that has one spelling: sorted, without blanks, UTF-8."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def chained(deeds: Iterable[DeedFacts], *, sequence: int, head: str) -> Iterator[Link]:
    """Yield the links that continue a chain of `sequence` deeds with the hash `head`."""
    for deed in deeds:
        sequence += 1
        link = hash_of(sequence=sequence, previous_hash=head, deed=deed)
        yield Link(sequence=sequence, previous_hash=head, hash=link, deed=deed)
        head = link


def first_break(links: Iterable[Link]) -> Break | None:
    """Return the first place at which the chain does not hold; None when it does."""
    head = START
    for sequence, link in enumerate(links, start=1):
        if link.sequence != sequence:
            return Break(sequence, "a deed is missing")
        if link.previous_hash != head:
            return Break(sequence, "the order of deeds was changed")
        if link.hash != hash_of(sequence=sequence, previous_hash=head, deed=link.deed):
            return Break(sequence, "the deed was changed")
        head = link.hash
    return None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
