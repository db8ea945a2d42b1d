"""A delivery day's journal, replayed: the same commands must give the same chain."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import msgspec

from exchange.book import Book
from exchange.book.events import Happened
from marketplace.domain.chain import chained, commands_of
from marketplace.models import BookSnapshot, JournalBatch

CHUNK = 500


@dataclass(frozen=True)
class Verified:
    """What a replay found: how far it went, and the first batch that differs (0: none)."""

    batches: int
    commands: int
    events: int
    chain: str
    differs_at: int = 0


class WrittenOtherwise(Exception):
    """The snapshot or a batch is in the language of another version of the book."""


def verify_day(day: date) -> Verified | None:
    """Replay the day's journal from its opening snapshot to its last batch; None without one.

    Raises WrittenOtherwise, naming the place, where this version cannot read what was written.
    """
    opening = BookSnapshot.objects.filter(day=day).first()
    if opening is None:
        return None
    with _naming("the snapshot"):
        book = Book.restore(msgspec.json.decode(zlib.decompress(opening.state)))
    before = JournalBatch.objects.filter(number=opening.journal).values_list("chain", flat=True)
    chain = before.first() or ""
    batches = commands = events = 0
    for batch in _batches_of(opening):
        happened: list[Happened] = []
        with _naming(f"batch {batch.number}"):
            commands_said = list(commands_of(batch.commands))
        for command in commands_said:
            happened += book.apply(command)
            commands += 1
        chain = chained(chain, batch.commands, happened)
        batches, events = batches + 1, events + len(happened)
        if chain != batch.chain or book.number != batch.last_number:
            return Verified(batches, commands, events, chain, differs_at=batch.number)
    return Verified(batches, commands, events, chain)


@contextmanager
def _naming(what: str) -> Iterator[None]:
    try:
        yield
    except msgspec.ValidationError as problem:
        message = f"{what} was written by another version of the book: {problem}"
        raise WrittenOtherwise(message) from problem


def _batches_of(opening: BookSnapshot) -> Iterator[JournalBatch]:
    closing = BookSnapshot.objects.filter(day__gt=opening.day).order_by("day").first()
    rows = JournalBatch.objects.filter(number__gt=opening.journal).order_by("number")
    if closing is not None:
        rows = rows.filter(number__lte=closing.journal)
    return rows.iterator(CHUNK)
