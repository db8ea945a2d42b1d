"""The engine's client: one socket a thread, one line a call, one line back."""

import select
import socket
import threading
from collections.abc import Sequence

import msgspec
from django.conf import settings

from marketplace.domain.entry import Answer, Call, Reply, Said
from marketplace.domain.refusals import MarketAway, MarketBusy

CONNECT_SECONDS = 0.5
# As long as a take-over may last, and a little more.
ANSWER_SECONDS = 8.0
CHUNK = 1 << 16
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Reply).decode


class _Line(threading.local):
    """This thread's connection; made at its first call and again after a failure."""

    def __init__(self) -> None:
        self.wire: socket.socket | None = None
        self.number = 0

    def connect(self) -> socket.socket:
        if self.wire is None:
            wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            wire.settimeout(CONNECT_SECONDS)
            try:
                wire.connect(str(settings.ENGINE_SOCKET))
            except OSError:
                wire.close()
                raise
            wire.settimeout(ANSWER_SECONDS)
            self.wire = wire
        return self.wire

    def drop(self) -> None:
        if self.wire is not None:
            self.wire.close()
            self.wire = None


_line = _Line()


def call_engine(entries: Sequence[Said]) -> tuple[Answer, ...]:
    """Send entries to the engine and return its answers, which are durable.

    Refuses with MarketBusy when nothing was sent, and with MarketAway when the answer is
    unknown: the same entries with the same ids may be sent again.
    """
    _line.number += 1
    call = _encode(Call(id=_line.number, commands=tuple(entries))) + b"\n"
    try:
        _send(call)
    except OSError as problem:
        _line.drop()
        raise MarketBusy from problem
    try:
        return _receive(_line.number)
    except OSError as problem:
        _line.drop()
        raise MarketAway from problem


def _send(call: bytes) -> None:
    """Send on the open connection; one that the engine has closed meanwhile is made anew."""
    wire = _line.connect()
    # Between two calls nothing is to be read: what is, is the end of the connection.
    if select.select([wire], [], [], 0)[0]:
        _line.drop()
        wire = _line.connect()
    wire.sendall(call)


def _receive(number: int) -> tuple[Answer, ...]:
    wire, read = _line.connect(), bytearray()
    while not read.endswith(b"\n"):
        chunk = wire.recv(CHUNK)
        if not chunk:
            raise ConnectionError
        read += chunk
    try:
        reply = _decode(read)
    except msgspec.MsgspecError as problem:
        # An engine of another version: it has said why and closes the connection.
        raise ConnectionError from problem
    if reply.id != number:
        raise ConnectionError
    return reply.answers
