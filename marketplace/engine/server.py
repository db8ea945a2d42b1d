"""The engine's socket: lines in, lines out, in a thread of its own."""

import asyncio
import os
import threading
from pathlib import Path

import msgspec
import structlog

from marketplace.actions.answers import answer_of_refusal
from marketplace.domain.entry import Answer, Call, Reply
from marketplace.domain.places import Place
from marketplace.domain.refusals import MarketBusy
from marketplace.engine.gate import listen_behind_certificates
from marketplace.engine.inbox import Inbox, Waiting
from marketplace.engine.outcomes import Outcomes

log = structlog.get_logger(__name__)
LONGEST_LINE = 4 << 20
HANG_UP_SECONDS = 0.05
CLOSE_SECONDS = 1.0
_decode = msgspec.json.Decoder(Call).decode
_encode = msgspec.json.Encoder().encode


class Caller(asyncio.Protocol):
    """One connection: its calls go to the inbox, their answers come back when durable."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._read = b""
        self._wire: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        self._server.callers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the way back; what waits is done all the same."""
        self._wire = None
        self._server.callers.discard(self)

    def pause_writing(self) -> None:
        """Hear no more from a caller that does not read what it is answered."""
        if self._wire is not None:
            self._wire.pause_reading()

    def resume_writing(self) -> None:
        """Hear it again."""
        if self._wire is not None:
            self._wire.resume_reading()

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
            reply = self._server.take(call, self)
            if reply is not None:
                self.hear([reply])

    def hear(self, replies: list[Reply]) -> None:
        """Send answers to calls, if their caller is still there."""
        if self._wire is not None:
            self._wire.write(b"\n".join(map(_encode, replies)) + b"\n")

    def _refuse(self, why: str) -> None:
        log.warning("engine_call_unreadable", why=why)
        if self._wire is not None:
            self._wire.write(_encode({"id": 0, "error": why}) + b"\n")
            self.hang_up()


class Server:
    """Listens from `open` on until the process ends: at a path, at a network address, or both."""

    def __init__(
        self, path: Path | None, inbox: Inbox, *, address: Place | None = None, term: int = 0
    ) -> None:
        self.path, self.address, self.inbox, self.term = path, address, inbox, term
        self.callers: set[Caller] = set()
        self._outcomes = Outcomes()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="socket", daemon=True)

    def open(self) -> None:
        """Listen, in place of a leader that is gone; at a path only this user may connect."""
        self._thread.start()
        self._ready.wait()
        if self._problem is not None:
            raise self._problem

    def close(self) -> None:
        """Send what is answered, hang up on everybody, and listen no more."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_SECONDS)

    def take(self, call: Call, caller: Caller) -> Reply | None:
        """Let a call wait; return what can be answered at once."""
        if call.outcome_of is not None:
            return Reply(id=call.id, answers=self._outcomes.of(call.outcome_of))
        place = self.inbox.put(Waiting(call, caller))
        if not place:
            busy = answer_of_refusal(MarketBusy())
            return Reply(id=call.id, answers=(busy,) * len(call.commands))
        if not call.early:
            return None
        self._outcomes.wait_for(call.commands)
        return Reply(id=call.id, answers=(), place=place, term=self.term)

    def answer(self, taken: list[Waiting], answers: list[Answer]) -> None:
        """Hand each caller its share of the answers."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._share_out, taken, answers)

    def _share_out(self, taken: list[Waiting], answers: list[Answer]) -> None:
        told: dict[int, tuple[Waiting, list[Reply]]] = {}
        begin = 0
        for waiting in taken:
            call, end = waiting.call, begin + len(waiting.call.commands)
            mine = tuple(answers[begin:end])
            begin = end
            if call.early:
                self._outcomes.note(call.commands, mine)
                continue
            # All of one caller's answers go in one piece.
            _, replies = told.setdefault(id(waiting.caller), (waiting, []))
            replies.append(Reply(id=call.id, answers=mine))
        for waiting, replies in told.values():
            waiting.caller.hear(replies)

    def _run(self) -> None:
        loop = self._loop = asyncio.new_event_loop()
        try:
            listeners = loop.run_until_complete(self._listen())
        except Exception as problem:  # noqa: BLE001 - raised by the thread that opens
            self._problem = problem
            loop.close()
            return
        finally:
            self._ready.set()
        loop.run_forever()
        for listener in listeners:
            listener.close()
        for caller in list(self.callers):
            caller.hang_up()
        loop.run_until_complete(asyncio.sleep(HANG_UP_SECONDS))
        loop.close()

    async def _listen(self) -> list[asyncio.Server]:
        listeners = []
        if self.address is not None:
            listeners.append(await listen_behind_certificates(self.address, self._caller))
        if self.path is not None:
            listeners.append(await self._listen_at(self.path))
        return listeners

    async def _listen_at(self, path: Path) -> asyncio.Server:
        # Bound beside and moved over: a caller finds the old socket or the new one, never none.
        beside = path.with_suffix(f".{os.getpid()}")
        beside.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            loop = asyncio.get_running_loop()
            listener = await loop.create_unix_server(self._caller, beside, backlog=256)
        finally:
            os.umask(before)
        beside.replace(path)
        return listener

    def _caller(self) -> Caller:
        return Caller(self)
