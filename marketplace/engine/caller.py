"""One connection to the engine: what it says is taken in as fast as its answers are read."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from marketplace.domain.entry import Call, Reply

log = structlog.get_logger(__name__)
LONGEST_LINE = 4 << 20
# Who has not read its answers for so long is dropped: what is kept for it must have an end.
UNREAD_SECONDS = 10.0
_decode = msgspec.json.Decoder(Call).decode
_encode = msgspec.json.Encoder().encode


class Takes(Protocol):
    """Who takes in a caller's calls."""

    def welcome(self, caller: "Caller") -> str:
        """Let a caller in, or return why not."""

    def take(self, call: Call, caller: "Caller") -> Reply | None:
        """Let a call wait; return what can be answered at once."""

    def leave(self, caller: "Caller") -> None:
        """Forget a caller."""


class Caller(asyncio.Protocol):
    """One connection: its calls go to the inbox, their answers come back when durable.

    While more answers wait for it than the wire takes, nothing of what it says is read or looked
    at. It is dropped when that lasts.
    """

    def __init__(self, server: Takes) -> None:
        self._server = server
        self._read = b""
        self._wire: asyncio.Transport | None = None
        self._patience: asyncio.TimerHandle | None = None
        # How many of its entries wait for the market.
        self.waits_for = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back, if there is room for one more."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        if why_not := self._server.welcome(self):
            self._refuse(why_not)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the way back; what waits is done all the same."""
        self._wire = None
        self._read = b""
        self._be_patient_no_more()
        self._server.leave(self)

    @property
    def unread_bytes(self) -> int:
        """Return how much is kept for this caller, both ways."""
        answers = 0 if self._wire is None else self._wire.get_write_buffer_size()
        return len(self._read) + answers

    def pause_writing(self) -> None:
        """Hear no more from a caller that does not read what it is answered."""
        if self._wire is not None and self._patience is None:
            self._wire.pause_reading()
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(UNREAD_SECONDS, self._drop)

    def resume_writing(self) -> None:
        """Hear it again, beginning with what it had said before."""
        self._be_patient_no_more()
        if self._wire is not None:
            self._wire.resume_reading()
            self._take_lines()

    def hang_up(self) -> None:
        """End the connection once what is written has gone."""
        if self._wire is not None:
            self._wire.close()

    def data_received(self, data: bytes) -> None:
        """Take whole lines; what is no call ends the connection with a word why."""
        self._read += data
        self._take_lines()

    def hear(self, replies: Sequence[Reply]) -> None:
        """Send answers to calls, if their caller is still there."""
        if self._wire is not None:
            self._wire.write(b"\n".join(map(_encode, replies)) + b"\n")

    def _take_lines(self) -> None:
        *lines, rest = self._read.split(b"\n")
        for index, line in enumerate(lines):
            if self._patience is not None:
                # The answers to the lines before are too many already.
                self._read = b"\n".join([*lines[index:], rest])
                return
            try:
                call = _decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
                self._refuse(str(problem))
                return
            reply = self._server.take(call, self)
            if reply is not None:
                self.hear([reply])
        self._read = rest
        if len(rest) > LONGEST_LINE:
            self._refuse("a line is longer than the engine reads")

    def _refuse(self, why: str) -> None:
        log.warning("engine_call_unreadable", why=why)
        self._read = b""
        if self._wire is not None:
            self._wire.write(_encode({"id": 0, "error": why}) + b"\n")
            self.hang_up()

    def _drop(self) -> None:
        """End the connection and what is kept for it; it finds the end where it goes on reading."""
        if self._wire is not None:
            why = f"answers not read for {UNREAD_SECONDS:g} seconds"
            log.warning("engine_caller_dropped", why=why, unread_bytes=self.unread_bytes)
            self._wire.abort()

    def _be_patient_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
