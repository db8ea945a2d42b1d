"""What was sent before: the same id with the same content gets the same answer."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from marketplace.domain import entry as entries
from marketplace.domain.entry import Answer
from marketplace.domain.refusals import IdReused

Key = tuple[str, int, str]
Row = dict[str, Any]
# Which table keeps the first answer to an entry.
ORDERS, LISTINGS, RECORDS = "order", "listing", "record"


def key_of(entry: entries.Said) -> Key | None:
    """Return under what an entry is known when it comes again; None when it has no id."""
    if isinstance(entry, entries.PlaceOrder | entries.AwardOrder):
        return (ORDERS, entry.member, entry.client_order_id)
    if isinstance(entry, entries.PublishListing):
        return (LISTINGS, entry.member, entry.client_order_id)
    if isinstance(entry, entries.Tick) or not entry.client_id:
        return None
    return (RECORDS, entry.member, entry.client_id)


def content_of(entry: entries.Said) -> tuple[str, bytes]:
    """Return one hash for one content, whoever of the member sent it, and what it is of."""
    if isinstance(entry, entries.PlaceOrder):
        text = entry.request.canonical()
    elif isinstance(entry, entries.PublishListing):
        return entry.request.content_hash, b""
    else:
        assert not isinstance(entry, entries.Tick)
        text = msgspec.json.encode(msgspec.structs.replace(entry, person=None, placed_by=None))
    return sha256(text).hexdigest(), text


class Known:
    """Answers that the entries of one turn may have had before."""

    def __init__(self) -> None:
        self.answered: dict[Key, tuple[str, Answer]] = {}

    def read(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Take in what a table knows: memory never decides what is new."""
        for member, client, content, *figures in rows:
            self.answered[(table, member, client)] = (content, _answer(table, figures))

    def answer_to(self, key: Key, content: str) -> Answer | None:
        """Return the first answer under the key, or None; refuses it with another content."""
        found = self.answered.get(key)
        if found is None:
            return None
        if found[0] != content:
            field = "client_id" if key[0] == RECORDS else "client_order_id"
            raise IdReused(field=field, client_order_id=key[2])
        return found[1]

    def remember(self, key: Key, content: str, answer: Answer, *, now: datetime) -> Row | None:
        """Keep the answer for the rest of the turn; return the row that keeps it for good.

        Orders and listings have rows of their own; refused, their id may be used again.
        """
        if key in self.answered or (answer.refused and key[0] != RECORDS):
            return None
        again = msgspec.structs.replace(answer, repeated=True)
        self.answered[key] = (content, again)
        if key[0] != RECORDS:
            return None
        return {
            "member_id": key[1],
            "client_id": key[2],
            "content_hash": content,
            "answer": again,
            "answered_at": now,
        }


def _answer(table: str, figures: Sequence[Any]) -> Answer:
    if table == RECORDS:
        # Django leaves JSON columns as text to the driver's own cursors.
        return msgspec.json.decode(figures[0], type=Answer)
    if table == LISTINGS:
        pk, state, version = figures
        return msgspec.convert(
            {"id": pk, "state": state, "version": version, "repeated": True}, Answer
        )
    names = ("id", "state", "filled", "held_micros", "version")
    return msgspec.convert({**dict(zip(names, figures, strict=True)), "repeated": True}, Answer)
