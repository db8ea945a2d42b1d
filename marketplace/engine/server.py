"""The engine's socket: lines in, lines out, in a thread of its own."""

import asyncio
import os
import threading
from pathlib import Path

from marketplace.actions.answers import answer_of_refusal
from marketplace.domain.entry import Answer, Call, Reply
from marketplace.domain.places import Place
from marketplace.domain.refusals import MarketBusy
from marketplace.engine.caller import Caller
from marketplace.engine.gate import listen_behind_certificates
from marketplace.engine.inbox import MOST_WAITING, Inbox, Waiting
from marketplace.engine.outcomes import Outcomes

HANG_UP_SECONDS = 0.05
CLOSE_SECONDS = 1.0
MOST_CALLERS = 1_024
# Of what may wait one caller has half at most: there is room for the others whatever it sends.
MOST_OF_ONE = MOST_WAITING // 2


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

    def welcome(self, caller: Caller) -> str:
        """Let a caller in, or return why not."""
        if len(self.callers) >= MOST_CALLERS:
            return f"no more than {MOST_CALLERS} callers are let in"
        self.callers.add(caller)
        return ""

    def leave(self, caller: Caller) -> None:
        """Forget a caller; what waits of it is done all the same."""
        self.callers.discard(caller)

    def take(self, call: Call, caller: Caller) -> Reply | None:
        """Let a call wait; return what can be answered at once."""
        if call.outcome_of is not None:
            return Reply(id=call.id, answers=self._outcomes.of(call.outcome_of))
        waiting = Waiting(call, caller)
        fits = caller.waits_for + waiting.size <= MOST_OF_ONE
        place = self.inbox.put(waiting) if fits else 0
        if not place:
            busy = answer_of_refusal(MarketBusy())
            return Reply(id=call.id, answers=(busy,) * len(call.commands))
        caller.waits_for += waiting.size
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
            waiting.caller.waits_for -= waiting.size
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
