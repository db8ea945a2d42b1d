"""The book without its members' names, and commitments by which each finds the own lines."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from exchange.verifying.rows import canonical_hash

Json = dict[str, Any]
# In each list of the book, the field that names a member, and the one that names the row.
PARTICIPANTS: Final = (
    ("offers", "seller", "offer"),
    ("links", "carrier", "link"),
    ("orders", "buyer", "order"),
)


@dataclass(frozen=True)
class Anonymous:
    """A book whose participants are numbered by their commitments, and those commitments."""

    book: Json
    commitments: Json


def anonymous(book: Json, salts: Mapping[int, str]) -> Anonymous:
    """Replace members by participant numbers and sites by numbers.

    `salts` has one secret text a member, told to the member alone; KeyError names a member
    without one. Numbers follow the commitments, so they tell nothing of the members.
    """
    sites = _sites(book)
    bare = {**book, "offers": [_offer(one, sites) for one in book.get("offers", [])]}
    lines = lines_of(bare)
    said = {
        member: commitment_of(book["auction"], member, salts[member], lines[member])
        for member in lines
    }
    order = sorted(lines, key=lambda member: said[member])
    number_of = {member: number for number, member in enumerate(order, 1)}
    numbered = {
        key: [{**one, field: number_of[one.get(field, 0)]} for one in bare.get(key, [])]
        for key, field, _ in PARTICIPANTS
    }
    rows = [
        {"participant": number_of[member], "commitment": said[member], "lines": lines[member]}
        for member in order
    ]
    return Anonymous(
        {**bare, **{key: found for key, found in numbered.items() if found}},
        {"auction": book["auction"], "format": 1, "participants": rows},
    )


def commitment_of(auction: str, member: int, salt: str, lines: str) -> str:
    """Return the commitment of a member to its lines; without the salt nobody can guess it."""
    return canonical_hash({"auction": auction, "lines": lines, "member": member, "salt": salt})


def lines_of(book: Json) -> dict[int, str]:
    """Return for each participant of a book the hash of its rows, who it is left out."""
    rows: dict[int, Json] = defaultdict(lambda: {key: [] for key, _, _ in PARTICIPANTS})
    for key, field, number in PARTICIPANTS:
        for one in sorted(book.get(key, []), key=itemgetter(number)):
            bare = {name: value for name, value in one.items() if name != field}
            rows[one.get(field, 0)][key].append(bare)
    return {participant: canonical_hash(found) for participant, found in rows.items()}


def _sites(book: Json) -> dict[str, str]:
    """Number the sites by their offers' order in the book."""
    names: Iterator[str] = (one["site"] for one in book.get("offers", []) if one.get("site"))
    return {name: f"site-{at}" for at, name in enumerate(dict.fromkeys(names), 1)}


def _offer(one: Json, sites: Mapping[str, str]) -> Json:
    return {**one, "site": sites[one["site"]]} if one.get("site") else one
