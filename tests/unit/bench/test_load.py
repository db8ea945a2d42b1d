"""The load counts what it was answered, and how late that was. The server here is a thread."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.load import StalledError, Tally, flood, pace
from bench.orders_mix import Mix, Product, Trader
from bench.wires import HttpWire, SocketWire, whole_body

Reply = Callable[[bytes], bytes]


@pytest.fixture
def mix() -> Mix:
    day = datetime(2026, 11, 24, tzinfo=UTC)
    return Mix("mixed", [Trader(7, "secret")], [Product("910b", 2_000_000, 12_000_000)], day, "t")


@contextmanager
def served(listener: socket.socket, reply: Reply) -> Iterator[None]:
    """Answer whatever one connection sends, until it hangs up."""
    listener.listen()

    def serve() -> None:
        with suppress(OSError):
            line, _ = listener.accept()
            with line:
                while data := line.recv(1 << 20):
                    line.sendall(reply(data))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield


def http(status: str, content: dict[str, object]) -> Reply:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return lambda _data: head + body


def tcp() -> tuple[socket.socket, int]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]


def test_an_accepted_order_is_counted_and_remembered_while_it_rests(mix: Mix) -> None:
    listener, port = tcp()
    tally = Tally()
    with served(listener, http("201 Created", {"id": 5, "state": "OPEN", "filled": 0})):
        wire = HttpWire(port, mix, tally, 0)
        flood([wire], tally, 0.05)
        wire.sock.close()

    assert tally.accepted == len(tally.latencies) > 10
    assert tally.filled == 0
    assert set(mix.open) == {(0, 5)}


def test_a_refused_order_is_counted_by_its_answer(mix: Mix) -> None:
    listener, port = tcp()
    tally = Tally()
    with served(listener, http("409 Conflict", {"code": "E-FUNDS-01"})):
        wire = HttpWire(port, mix, tally, 0)
        flood([wire], tally, 0.02)
        wire.sock.close()

    assert tally.accepted == 0
    assert all("E-FUNDS-01" in word for word in tally.refused)


def test_orders_of_a_batch_are_counted_one_by_one(mix: Mix) -> None:
    listener, port = tcp()
    tally = Tally()
    good = {"status": 201, "order": {"id": 9, "state": "FILLED", "filled": 2}}
    bad = {"status": 422, "code": "E-PRICE-01", "field": "limit_micros"}
    with served(listener, http("200 OK", {"answers": [good, bad]})):
        wire = HttpWire(port, mix, tally, 0, batch=2)
        flood([wire], tally, 0.02)
        wire.sock.close()

    assert tally.accepted == tally.refused["E-PRICE-01"] == len(tally.latencies)
    assert tally.filled == tally.accepted


def test_calls_on_the_socket_are_answered_in_any_order(mix: Mix, tmp_path: Path) -> None:
    seen: list[dict[str, object]] = []

    def reply(data: bytes) -> bytes:
        calls = [json.loads(line) for line in data.splitlines()]
        seen.extend(calls)
        answers = [{"id": call["id"], "answers": [{"id": 3, "state": "OPEN"}]} for call in calls]
        return b"".join(json.dumps(answer).encode() + b"\n" for answer in reversed(answers))

    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    tally = Tally()
    with served(listener, reply):
        wire = SocketWire(str(tmp_path / "s"), mix, tally, 16)
        flood([wire], tally, 0.05)
        wire.sock.close()

    assert tally.accepted == len(seen) >= 16
    first = seen[0]["commands"]
    assert isinstance(first, list)
    assert (first[0]["do"], first[0]["member"]) == ("place_order", 7)
    assert first[0]["request"]["unit"] == "DEVICES"


def test_a_paced_load_counts_the_wait_for_a_free_connection(mix: Mix) -> None:
    listener, port = tcp()
    tally = Tally()
    slow = http("201 Created", {"id": 5, "state": "OPEN"})

    def reply(data: bytes) -> bytes:
        threading.Event().wait(0.02)
        return slow(data)

    with served(listener, reply):
        wire = HttpWire(port, mix, tally, 0)
        pace([wire], tally, 0.2, rate=100)
        wire.sock.close()

    assert tally.accepted in (20, 21)
    assert max(tally.latencies) > 0.15 > 0.02 <= min(tally.latencies)


def test_a_body_in_chunks_is_whole_with_its_last_chunk() -> None:
    chunked = b"4\r\nabcd\r\n1\r\ne\r\n0\r\n\r\n"

    assert whole_body(b"transfer-encoding: chunked", chunked) == b"abcde"
    parts = {whole_body(b"transfer-encoding: chunked", chunked[:n]) for n in range(len(chunked))}
    assert parts == {None}
    assert whole_body(b"content-length: 3", b"ab") is None
    assert whole_body(b"content-length: 3", b"abc") == b"abc"


def test_a_server_that_hangs_up_ends_the_load(mix: Mix) -> None:
    listener, port = tcp()
    tally = Tally()
    listener.listen()
    wire = HttpWire(port, mix, tally, 0)
    line, _ = listener.accept()
    line.close()
    listener.close()

    with pytest.raises((StalledError, ConnectionError)):
        flood([wire], tally, 0.05)
    wire.sock.close()
