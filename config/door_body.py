"""What a caller sends through the door, and what the door itself refuses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from delivery.domain import forwarding

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Refusal(Exception):
    """The door answers itself, with a status and a sentence."""

    def __init__(self, status: int, sentence: str, retry_after_s: int = 0) -> None:
        """Say why, and when to come back."""
        super().__init__(sentence)
        self.status, self.sentence, self.retry_after_s = status, sentence, retry_after_s


class Body:
    """The caller's body, piece by piece, up to the door's limit."""

    def __init__(self, receive: Receive) -> None:
        """Read nothing yet."""
        self.receive, self.size, self.ended = receive, 0, False

    @staticmethod
    def framing(headers: list[tuple[bytes, bytes]]) -> forwarding.Headers:
        """Return the one line that says how the body is framed at the service; none without one."""
        lengths = [value for name, value in headers if name.lower() == b"content-length"]
        if lengths:
            if not lengths[0].isdigit() or len(lengths[0]) > 12:
                raise Refusal(400, "the length of the body is no number")
            if int(lengths[0]) > forwarding.MAX_BODY_BYTES:
                raise Refusal(413, "the body is too large")
            return [(b"content-length", lengths[0])]
        chunked = any(name.lower() == b"transfer-encoding" for name, _value in headers)
        return [(b"transfer-encoding", b"chunked")] if chunked else []

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the pieces; Refusal when they are too many or the caller leaves."""
        while not self.ended:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400, "the caller left")
            piece = message.get("body", b"")
            self.ended = not message.get("more_body", False)
            self.size += len(piece)
            if self.size > forwarding.MAX_BODY_BYTES:
                raise Refusal(413, "the body is too large")
            if piece:
                yield piece

    async def caller_left(self) -> None:
        """Return when the caller has gone."""
        while self.ended:
            if (await self.receive())["type"] == "http.disconnect":
                return
