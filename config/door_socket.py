"""WebSockets through the door: each side's whole messages are said to the other."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import httpcore
import wsproto
from wsproto import events
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from config.door_body import Receive, Refusal, Send
from delivery.adapters.doors.wire import Wire
from delivery.domain import forwarding

PIECE_BYTES = 64 * 1024
LOOK_S, HANDSHAKE_S, CLOSE_S = 1.0, 30.0, 5.0
GOING_AWAY, BROKEN, TOO_LARGE = 1001, 1011, 1009
MOST_REASON_CHARACTERS = 40


async def close(send: Send, code: int, reason: str) -> None:
    """Close the caller's WebSocket, in bounded time: it may be gone."""
    with suppress(Exception):
        async with asyncio.timeout(CLOSE_S):
            await send({"type": "websocket.close", "code": code, "reason": reason})


class Linked:
    """One caller's WebSocket and its own to the service; the caller's is not accepted yet."""

    def __init__(self, wire: Wire, receive: Receive, send: Send) -> None:
        """Begin with nothing said."""
        self.wire, self.receive, self.send = wire, receive, send
        self.service = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self.heard_at = time.monotonic()
        self.first: list[events.Event] = []
        self.parts: list[str | bytes] = []
        self.size = 0
        self.ending, self.caller_left = (1000, ""), False

    async def open(self, path: bytes, lines: forwarding.Headers, protocols: list[str]) -> None:
        """Have the service accept, then the caller; Refusal when the service does not."""
        own = {b"host", b"connection"}
        asked = events.Request(
            host="localhost",
            target=path.decode("ascii"),
            subprotocols=protocols,
            extra_headers=[line for line in lines if line[0] not in own],
        )
        await self._say(asked)
        async with asyncio.timeout(HANDSHAKE_S):
            while not (found := list(self.service.events())):
                if not await self._take():
                    raise Refusal(502, "the service closed the connection")
        if not isinstance(found[0], events.AcceptConnection):
            raise Refusal(502, "the service takes no WebSocket here")
        await self.send({"type": "websocket.accept", "subprotocol": found[0].subprotocol})
        self.first = found[1:]

    async def carry(self, silence_s: float) -> None:
        """Carry both ways until a side closes, breaks, or neither has said a word in time."""
        ways = {asyncio.create_task(self._from_caller()), asyncio.create_task(self._from_service())}
        try:
            while not any(way.done() for way in ways):
                await asyncio.wait(ways, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                if time.monotonic() - self.heard_at > silence_s:
                    self._end(GOING_AWAY, "nothing was said for too long")
                    return
            for way in [way for way in ways if way.done()]:
                way.result()
        except (OSError, httpcore.NetworkError, LocalProtocolError, RemoteProtocolError):
            self._end(BROKEN, "the service broke off")
        finally:
            for way in ways:
                way.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await way
            # The server closes nothing while it is being asked for the caller's next words.
            if not self.caller_left:
                await close(self.send, *self.ending)

    async def _from_caller(self) -> None:
        while True:
            said = await self.receive()
            self.heard_at = time.monotonic()
            if said["type"] != "websocket.receive":
                self.caller_left = True
                with suppress(LocalProtocolError):
                    await self._say(events.CloseConnection(code=said.get("code") or 1000))
                return
            text, content = said.get("text"), said.get("bytes")
            if len(text or content or "") > forwarding.MAX_BODY_BYTES:
                self._end(TOO_LARGE, "the message is too large")
                return
            await self._say(
                events.TextMessage(data=text)
                if text is not None
                else events.BytesMessage(data=content or b"")
            )

    async def _from_service(self) -> None:
        found = self.first
        while True:
            for event in found:
                if not await self._hand_on(event):
                    return
            await self._take()
            self.heard_at = time.monotonic()
            found = list(self.service.events())

    async def _hand_on(self, event: events.Event) -> bool:
        """Say to the caller what the service said; return whether it goes on."""
        if isinstance(event, events.Ping):
            await self._say(event.response())
        elif isinstance(event, events.CloseConnection):
            # 1006 is nobody's to say: the service went without a word.
            code = event.code if event.code != 1006 else BROKEN
            self._end(code, event.reason or "")
            return False
        elif isinstance(event, events.TextMessage | events.BytesMessage):
            self.parts.append(event.data if isinstance(event.data, str) else bytes(event.data))
            self.size += len(event.data)
            if self.size > forwarding.MAX_BODY_BYTES:
                self._end(TOO_LARGE, "the message is too large")
                return False
            if event.message_finished:
                await self._hand_on_message()
        return True

    async def _hand_on_message(self) -> None:
        is_text = isinstance(self.parts[0], str)
        empty: Any = "" if is_text else b""
        whole = empty.join(self.parts)
        self.parts, self.size = [], 0
        await self.send({"type": "websocket.send", "text" if is_text else "bytes": whole})

    async def _say(self, event: events.Event) -> None:
        await self.wire.write(self.service.send(event), HANDSHAKE_S)

    async def _take(self) -> bool:
        piece = await self.wire.read(PIECE_BYTES)
        self.service.receive_data(piece or None)
        return bool(piece)

    def _end(self, code: int, reason: str) -> None:
        self.ending = (code, reason[:MOST_REASON_CHARACTERS])
