"""The engine's socket: lines in, lines out, in a thread of its own."""

import asyncio
import os
import threading
from pathlib import Path

import msgspec
import structlog

from marketplace.actions.answers import answer_of_refusal
from marketplace.domain.entry import Answer, Call, Reply
from marketplace.domain.refusals import MarketBusy
from marketplace.engine.inbox import Inbox, Waiting

log = structlog.get_logger(__name__)
LONGEST_LINE = 4 << 20
HANG_UP_SECONDS = 0.05
CLOSE_SECONDS = 1.0
_decode = msgspec.json.Decoder(Call).decode
_encode = msgspec.json.Encoder().encode


class Caller(asyncio.Protocol):
    """One connection: its calls go to the inbox, their answers come back when durable."""

    def __init__(self, inbox: Inbox, present: set["Caller"]) -> None:
        self._inbox, self._present = inbox, present
        self._read = b""
        self._wire: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        self._present.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the way back; what waits is done all the same."""
        self._wire = None
        self._present.discard(self)

    def hang_up(self) -> None:
        """End the connection once what is written has gone."""
        if self._wire is not None:
            self._wire.close()

    def data_received(self, data: bytes) -> None:
        """Take whole lines; what is no call ends the connection with a word why."""
        *lines, self._read = (self._read + data).split(b"\n")
        if len(self._read) > LONGEST_LINE:
            self._refuse("a line is longer than the engine reads")
            return
        for line in lines:
            try:
                call = _decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
                self._refuse(str(problem))
                return
            if not self._inbox.put(Waiting(call, self.answer)):
                busy = answer_of_refusal(MarketBusy())
                self.answer(call.id, (busy,) * len(call.commands))

    def answer(self, number: int, answers: tuple[Answer, ...]) -> None:
        """Send the answer to a call, if its caller is still there."""
        if self._wire is not None:
            self._wire.write(_encode(Reply(id=number, answers=answers)) + b"\n")

    def _refuse(self, why: str) -> None:
        log.warning("engine_call_unreadable", why=why)
        if self._wire is not None:
            self._wire.write(_encode({"id": 0, "error": why}) + b"\n")
            self.hang_up()


class Server:
    """Listens from `open` on until the process ends."""

    def __init__(self, path: Path, inbox: Inbox) -> None:
        self.path, self.inbox = path, inbox
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._callers: set[Caller] = set()
        self._thread = threading.Thread(target=self._run, name="socket", daemon=True)

    def open(self) -> None:
        """Listen on the path, in place of a leader that is gone; only this user may connect."""
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Send what is answered, hang up on everybody, and listen no more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        loop = self._loop
        listener = loop.run_until_complete(self._listen())
        loop.run_forever()
        listener.close()
        for caller in list(self._callers):
            caller.hang_up()
        loop.run_until_complete(asyncio.sleep(HANG_UP_SECONDS))
        loop.close()

    async def _listen(self) -> asyncio.Server:
        # Bound beside and moved over: a caller finds the old socket or the new one, never none.
        beside = self.path.with_suffix(f".{os.getpid()}")
        beside.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            listener = await self._loop.create_unix_server(self._caller, beside, backlog=256)
        finally:
            os.umask(before)
        beside.replace(self.path)
        self._ready.set()
        return listener

    def _caller(self) -> Caller:
        return Caller(self.inbox, self._callers)

    def answer(self, taken: list[Waiting], answers: list[Answer]) -> None:
        """Hand each caller its share of the answers."""
        self._loop.call_soon_threadsafe(_share_out, taken, answers)


def _share_out(taken: list[Waiting], answers: list[Answer]) -> None:
    begin = 0
    for waiting in taken:
        end = begin + len(waiting.call.commands)
        waiting.answer(waiting.call.id, tuple(answers[begin:end]))
        begin = end
