"""Statements that travel together: one round trip through the driver's own protocol.

A turn of the market is a dozen small statements. They are prepared once a connection, sent
without waiting between them, with the transaction's begin before and its commit behind.
"""

import re
import select
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg import Connection, OperationalError
from psycopg.abc import Transformer
from psycopg.adapt import Transformer as Reader
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Row = dict[str, Any]
Statement = tuple[str, Row]

# So many bytes are work enough for the server to begin.
WORTH_SENDING = 8_000
_PLACE = re.compile(r"%\((\w+)\)s")
# Plans are kept, since making them costs more than they do. One that was made when the tables were
# small may be wrong when they are not: they are made anew at the second, fourth, eighth turn
# and so on, and then after so many.
TURNS_A_PLAN = 4_096


class _Session:
    """What the server of a connection knows: statements by name, and how many turns it took."""

    def __init__(self) -> None:
        self.names: dict[str, bytes] = {}
        self.turns = self.named = 0

    def new_name(self) -> bytes:
        """Return a name that was never given: what became of a failed one nobody knows."""
        self.named += 1
        return b"turn_%d" % self.named

    def begin_turn(self) -> bool:
        """Count a turn; tell whether its plans are to be made anew."""
        self.turns += 1
        return self.turns & (self.turns - 1) == 0 or self.turns % TURNS_A_PLAN == 0


_sessions: WeakKeyDictionary[Connection[Any], _Session] = WeakKeyDictionary()


def run_together(
    statements: Iterable[Statement], *, commit: Callable[[], None] | None = None
) -> list[list[Any]]:
    """Run statements in one round trip and return the rows of each; the first failure fails all.

    Begins a transaction where none is open. Statements may be made while they are sent: the server
    works on the first ones meanwhile. With `commit` the transaction ends with them; it is
    called when everything else has been sent.
    """
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors:
        results = _exchange(raw, statements, commit)
        transformer = Reader(raw)
        return [_rows(transformer, result) for result in results]


def _exchange(
    raw: "Connection[Any]", statements: Iterable[Statement], commit: Callable[[], None] | None
) -> "list[PGresult]":
    wire, session = raw.pgconn, _sessions.setdefault(raw, _Session())
    results: list[PGresult] = []
    wire.enter_pipeline_mode()
    try:
        fresh, wanted = _send(wire, session, statements)
        if commit is not None:
            wire.flush()
            commit()
            wire.send_query_params(b"COMMIT", [])
    finally:
        # What was sent is answered whatever happened here, and rolled back without its commit.
        if wire.status == ConnStatus.OK:
            wire.pipeline_sync()
            results = _answers(wire)
            wire.exit_pipeline_mode()
    for place, text, own_name in fresh:
        if results[place].status == ExecStatus.COMMAND_OK:
            session.names[text] = own_name
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, raw.info.encoding)
    return [results[place] for place in wanted]


def _send(
    wire: "PGconn", session: _Session, statements: Iterable[Statement]
) -> tuple[list[tuple[int, str, bytes]], list[int]]:
    """Send statements; return which are prepared with them, and the places of their results."""
    fresh: list[tuple[int, str, bytes]] = []
    wanted: list[int] = []
    sent = waiting = 0
    if wire.transaction_status == TransactionStatus.IDLE:
        wire.send_query_params(b"BEGIN", [])
        sent += 1
        if session.begin_turn():
            wire.send_query_params(b"DISCARD PLANS", [])
            sent += 1
    known = session.names
    for text, figures in statements:
        numbered, names = _numbered(text)
        own_name = known.get(text)
        if own_name is None:
            own_name = session.new_name()
            wire.send_prepare(own_name, numbered)
            fresh.append((sent, text, own_name))
            sent += 1
        said = [_said(figures[name]) for name in names]
        wire.send_query_prepared(own_name, said)
        wanted.append(sent)
        sent += 1
        waiting += sum(map(len, filter(None, said)))
        if waiting > WORTH_SENDING:
            wire.flush()
            waiting = 0
    return fresh, wanted


def _answers(wire: "PGconn") -> "list[PGresult]":
    """Send what is left and gather all results, waiting for the server without holding others."""
    results: list[PGresult] = []
    poll = select.poll()
    poll.register(wire.socket, select.POLLIN | select.POLLOUT)
    unsent = wire.flush()
    if not unsent:
        poll.modify(wire.socket, select.POLLIN)
    while True:
        while wire.is_busy():
            poll.poll()
            wire.consume_input()
            if unsent and not (unsent := wire.flush()):
                poll.modify(wire.socket, select.POLLIN)
        result = wire.get_result()
        if result is None:
            if wire.status != ConnStatus.OK:
                raise OperationalError("the connection is lost")
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return results
        else:
            results.append(result)


@lru_cache(maxsize=500)
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the statement as the server reads it, and whose place each number takes."""
    names = tuple(dict.fromkeys(_PLACE.findall(text)))
    numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
    return _PLACE.sub(lambda found: numbers[found[1]], text).encode(), names


def _said(figure: Any) -> bytes | None:
    """Return a figure as the text that the server reads."""
    if figure is None:
        return None
    return _SAYS[type(figure)](figure)


def _array(words: Sequence[str]) -> bytes:
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
    return ("{" + ",".join(f'"{word}"' for word in quoted) + "}").encode()


_SAYS: dict[type, Callable[[Any], bytes]] = {
    str: str.encode,
    int: lambda number: b"%d" % number,
    bytes: lambda raw: b"\\x" + raw.hex().encode(),
    datetime: lambda at: at.isoformat().encode(),
    date: lambda day: day.isoformat().encode(),
    list: _array,
}


def _rows(transformer: Transformer, result: "PGresult") -> list[Any]:
    if result.status != ExecStatus.TUPLES_OK or not result.ntuples:
        return []
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)
