"""The book without anything around it: lines of commands in, lines of events out."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from exchange.book.commands import Buy, Said
from exchange.book.events import Ended, Happened, Rejected, Traded
from exchange.book.explaining import Explanation
from exchange.book.machine import Book
from exchange.book.standing import AUCTION
from exchange.book.trading import SELF_TRADE

_DECODER = msgspec.json.Decoder(Said)
_AT = re.compile(r"`\$\.?([^`]*)`$|field `([^`]*)`$")
_MARK = b"\xef\xbb\xbf"  # what some editors put before the first line


class NotACommand(Exception):
    """A line that the language does not know: its number, the field at fault, and why."""

    def __init__(self, line: int, field: str, reason: str) -> None:
        self.line, self.field, self.reason = line, field, reason
        where = f"line {line}, field {field}" if field else f"line {line}"
        super().__init__(f"{where}: {reason}")


def replay(lines: Iterable[bytes], book: Book, *, explain: bool = False) -> Iterator[bytes]:
    """Tell the book each line, and yield each event as a line, as it happens.

    What was refused names its line. With `explain`, one more line follows each buy: why it
    filled or not. Empty lines and those that begin with # are skipped; NotACommand ends it.
    """
    for line, said in commands_of(lines):
        told = book.explain(said) if explain and isinstance(said, Buy) else None
        events = book.apply(said)
        for event in events:
            yield _written(event, line)
        if told is not None and isinstance(said, Buy):
            yield msgspec.json.encode(_explained(said, told, events))


def commands_of(lines: Iterable[bytes]) -> Iterator[tuple[int, Said]]:
    """Yield each command with the number of its line; refuses a line with NotACommand."""
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(_MARK).strip() if number == 1 else line.strip()
        if text and not text.startswith(b"#"):
            yield number, _read(number, text)


def _read(number: int, text: bytes) -> Said:
    try:
        said: Said = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error)
        found = _AT.search(reason)
        field = (found[1] or found[2] or "") if found else ""
        raise NotACommand(number, field, reason.partition(" - at ")[0]) from None
    return said


def _written(event: Happened, line: int) -> bytes:
    if isinstance(event, Rejected):
        return msgspec.json.encode(msgspec.to_builtins(event) | {"line": line})
    return msgspec.json.encode(event)


def _explained(said: Buy, told: Explanation, events: list[Happened]) -> dict[str, Any]:
    credited = sum(event.credited for event in events if isinstance(event, Traded))
    return {
        "explain": said.order,
        "credited": credited,
        "blocked_by": _blocked_by(said, told, events, credited),
        "survivors": told.survivors,
        "fills_at_limit_micros": told.fills_at_limit_micros,
        "landed_micros": told.landed_micros,
        "link_micros": told.link_micros,
    }


def _blocked_by(said: Buy, told: Explanation, events: list[Happened], credited: int) -> str:
    """Return what kept the order from being filled; empty when it was.

    A refusal by its code, one's own side, or the first condition that no listing survives.
    Where some survive each condition, they do not suffice together.
    """
    last = events[-1]
    if credited == said.amount:
        return ""
    if isinstance(last, Rejected):
        return last.code
    if isinstance(last, Ended) and last.reason == SELF_TRADE:
        return SELF_TRADE
    if said.time_in_force == AUCTION:
        return AUCTION
    return told.blocked_by or "TOGETHER"
