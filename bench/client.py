"""A lean HTTP client: one order a request over kept connections, as fast as they are answered."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Answers:
    """What came back, by status, and how long it took."""

    seconds: float = 0.0
    by_status: dict[int, int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """Return how many orders were accepted: committed before the answer."""
        return self.by_status.get(201, 0)


def post_orders(
    *,
    port: int,
    tokens: Sequence[str],
    body: Callable[[int], dict[str, object]],
    clients: int,
    seconds: float,
    first: int,
) -> Answers:
    """Post orders by so many clients for so long; each order has a number of its own."""
    return asyncio.run(_post(port, tokens, body, clients, seconds, itertools.count(first)))


async def _post(
    port: int,
    tokens: Sequence[str],
    body: Callable[[int], dict[str, object]],
    clients: int,
    seconds: float,
    numbers: "itertools.count[int]",
) -> Answers:
    answers = Answers()
    start = time.perf_counter()
    until = start + seconds

    async def one(token: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            writer.write(_request(port, token, body(next(numbers))))
            status = await _status(reader)
            answers.by_status[status] = answers.by_status.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(one(tokens[index % len(tokens)]) for index in range(clients)))
    answers.seconds = time.perf_counter() - start
    return answers


def _request(port: int, token: str, body: dict[str, object]) -> bytes:
    content = json.dumps(body).encode()
    return (
        f"POST /api/v1/orders/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
