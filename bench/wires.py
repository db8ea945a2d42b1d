"""The two doors as the load sees them: HTTP with a token, and the engine's own socket."""

import socket
import time
from collections import deque

import msgspec
from msgspec import Struct

from bench.load import StalledError, Tally
from bench.orders_mix import CANCEL, RESTING, Ask, Mix

OPEN = ("OPEN", "PARTLY_FILLED")


class Order(Struct):
    """What the load wants to know of an order."""

    id: int = 0
    state: str = ""
    filled: int = 0


class Answer(Order):
    """One answer on the socket or of a batch: the order beside its status, or within."""

    status: int = 0
    code: str = ""
    refused: str = ""
    order: Order | None = None


class Reply(Struct):
    """The line that answers a call."""

    answers: list[Answer]
    id: int = 0


class Batch(Struct):
    """The answer to many orders in one request."""

    answers: list[Answer]


def count(mix: Mix, tally: Tally, ask: Ask, answer: Answer) -> None:
    """Count an answer, and remember the order if it rests."""
    word = answer.refused or answer.code or (str(answer.status) if answer.status >= 400 else "")
    if word:
        tally.refused[word] += 1
        return
    order = answer.order or answer
    tally.accepted += 1
    tally.filled += ask.kind != CANCEL and order.filled > 0
    if ask.kind == RESTING and order.state in OPEN:
        mix.rests(ask, order.id)


def whole_body(head: bytes, rest: bytes) -> bytes | None:
    """Return the body of an answer, by its length or in chunks; None while it is not whole."""
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    if length:
        return rest if len(rest) >= int(length) else None
    body = b""
    while rest:
        size, found, rest = rest.partition(b"\r\n")
        end = int(size or b"0", 16) if found else -1
        if end < 0 or len(rest) < end + 2:
            return None
        if end == 0:
            return body
        body, rest = body + rest[:end], rest[end + 2 :]
    return None


class HttpWire:
    """One kept connection of one client: a request, then its answer."""

    window = 1

    def __init__(self, port: int, mix: Mix, tally: Tally, trader: int, batch: int = 1) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.mix, self.tally, self.trader, self.batch = mix, tally, trader, batch
        self.host = f"127.0.0.1:{port}"
        self.waiting, self.since = 0, 0.0
        self.asks: list[Ask] = []
        self.heard = b""

    def say(self, since: float) -> bytes:
        """Return the next request."""
        self.waiting, self.since = 1, since
        if self.batch > 1:
            self.asks = [self.mix.next(self.trader, cancels=False) for _ in range(self.batch)]
            orders = ",".join("{" + ask.fields + "}" for ask in self.asks)
            return self._request("/api/v1/orders/batch/", '{"orders":[' + orders + "]}")
        ask = self.mix.next(self.trader)
        self.asks = [ask]
        if ask.kind == CANCEL:
            return self._request(f"/api/v1/orders/{ask.order_id}/cancel/", "")
        return self._request("/api/v1/orders/", "{" + ask.fields + "}")

    def _request(self, path: str, content: str) -> bytes:
        token = self.mix.traders[self.asks[0].trader].token
        return (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n{content}"
        ).encode()

    def hear(self, data: bytes) -> None:
        """Count the answer once all of it is there."""
        self.heard += data
        end = self.heard.find(b"\r\n\r\n")
        if end < 0:
            return
        head, rest = self.heard[:end].lower(), self.heard[end + 4 :]
        body = whole_body(head, rest)
        if body is None:
            return
        self.waiting, self.heard = 0, b""
        self.tally.latencies.append(time.perf_counter() - self.since)
        self._count(int(head[9:12]), body)

    def _count(self, status: int, body: bytes) -> None:
        if status >= 400:
            self.tally.refused[f"{status} {body[:120]!r}"] += len(self.asks)
        elif self.batch > 1:
            answers = msgspec.json.decode(body, type=Batch).answers
            for ask, answer in zip(self.asks, answers, strict=True):
                count(self.mix, self.tally, ask, answer)
        else:
            count(self.mix, self.tally, self.asks[0], msgspec.json.decode(body, type=Answer))


class SocketWire:
    """A connection to the engine with many calls in flight, one order or cancel in each."""

    def __init__(self, path: str, mix: Mix, tally: Tally, window: int) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(path)
        self.mix, self.tally, self.window = mix, tally, window
        self.pending: dict[int, tuple[Ask, float]] = {}
        self.calls = 0
        self.traders = deque(range(len(mix.traders)))
        self.heard = b""

    @property
    def waiting(self) -> int:
        """Return how many calls are in flight."""
        return len(self.pending)

    def say(self, since: float) -> bytes:
        """Return the next call."""
        self.calls += 1
        self.traders.rotate()
        ask = self.mix.next(self.traders[0])
        self.pending[self.calls] = ask, since
        member = self.mix.traders[ask.trader].member_id
        if ask.kind == CANCEL:
            said = f'"do":"cancel_order","member":{member},"order_id":{ask.order_id}'
        else:
            own_id, _, request = ask.fields.partition(",")
            said = f'"do":"place_order","member":{member},{own_id},"request":{{{request}}}'
        return f'{{"id":{self.calls},"commands":[{{{said}}}]}}\n'.encode()

    def hear(self, data: bytes) -> None:
        """Count every whole line."""
        lines = (self.heard + data).split(b"\n")
        self.heard = lines.pop()
        now = time.perf_counter()
        for line in lines:
            reply = msgspec.json.decode(line, type=Reply)
            found = self.pending.pop(reply.id, None)
            if found is None:
                raise StalledError(line)
            ask, since = found
            self.tally.latencies.append(now - since)
            count(self.mix, self.tally, ask, reply.answers[0])
