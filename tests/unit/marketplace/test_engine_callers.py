"""A caller that asks and does not read its answers costs the engine and the others nothing."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from marketplace.domain.entry import Answer, Call
from marketplace.domain.places import Place
from marketplace.engine import caller as callers
from marketplace.engine import server as serving
from marketplace.engine.server import Server
from tests.unit.marketplace.engines import leading

ENTRIES = 20
TICK = b'{"do": "tick"}'
ASKED = b'{"id": %d, "commands": [' + b", ".join([TICK] * ENTRIES) + b"]}\n"
# Refusals are long: each call of 300 bytes is answered with kilobytes.
LONG = [Answer(refused="MarketBusy", facts={"why": "x" * 400})] * ENTRIES
# What waits for it, what the wire buffers, and one piece of what it says.
MOST_KEPT = serving.MOST_OF_ONE * 500 + (1 << 20)


def long_answers(asked: Call) -> list[Answer]:
    return LONG[: len(asked.commands)]


@contextmanager
def connected(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(5)
        wire.connect(str(path))
        yield wire


def ask_until_nobody_listens(wire: socket.socket) -> int:
    """Send whole calls without reading until the wire takes no more; return how many."""
    wire.settimeout(0.5)
    for number in range(1_000_000):
        try:
            wire.sendall(ASKED % number)
        except TimeoutError:
            return number
    raise AssertionError("it was heard for ever")


def ask_for_ever(wire: socket.socket) -> None:
    while True:
        wire.sendall(ASKED % 1)


def ask_once(wire: socket.socket) -> float:
    """Return how long one call took, in seconds."""
    began = time.monotonic()
    wire.sendall(b'{"id": 1, "commands": [' + TICK + b"]}\n")
    answer = b""
    while not answer.endswith(b"\n"):
        answer += wire.recv(1 << 16)
    return time.monotonic() - began


def usual_s(wire: socket.socket) -> float:
    return sorted(ask_once(wire) for _ in range(40))[20]


def settled(server: Server) -> int:
    """Wait until nothing moves, and return what the server keeps for its callers, in bytes."""
    before = -1
    while (now := sum(caller.unread_bytes for caller in server.callers)) != before:
        before = now
        time.sleep(0.2)
    return now


def test_who_does_not_read_is_not_heard_and_nothing_grows(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    with leading(Place(str(path)), long_answers) as server, connected(path) as wire:
        calls = ask_until_nobody_listens(wire)
        kept = settled(server)
        with pytest.raises(TimeoutError):
            wire.sendall(ASKED % calls * 1_000)

        assert settled(server) == kept
        # Without an end of hearing, so many calls alone would have made more than ten times that.
        assert kept < MOST_KEPT


def test_who_reads_again_gets_every_answer_in_order(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    with leading(Place(str(path)), long_answers), connected(path) as wire:
        calls = ask_until_nobody_listens(wire)
        wire.settimeout(5)
        # The last call went half; its rest is sent while the answers are read.
        heard = b""
        while heard.count(b"\n") < calls:
            heard += wire.recv(1 << 20)

    told = [json.loads(line)["id"] for line in heard.splitlines()[:calls]]
    assert told == list(range(calls))


def test_the_others_are_answered_as_before(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    with leading(Place(str(path)), long_answers) as server, connected(path) as other:
        before_s = usual_s(other)
        with connected(path) as greedy:
            ask_until_nobody_listens(greedy)
            settled(server)

            assert usual_s(other) < 3 * before_s + 0.005


def test_who_does_not_read_for_long_is_dropped_with_the_reason_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "UNREAD_SECONDS", 0.3)
    path = tmp_path / "e.sock"
    with (
        capture_logs() as logged,
        leading(Place(str(path)), long_answers) as server,
        connected(path) as greedy,
        connected(path) as other,
    ):
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            ask_for_ever(greedy)

        assert ask_once(other) < 5
        assert len(server.callers) == 1
        # What was on the wire can be read, and then it ends.
        greedy.settimeout(5)
        with suppress(ConnectionResetError):
            while greedy.recv(1 << 20):
                pass

    (entry,) = [line for line in logged if line["event"] == "engine_caller_dropped"]
    assert entry["why"] == "answers not read for 0.3 seconds"


def test_a_pause_to_think_is_no_reason_to_be_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "UNREAD_SECONDS", 0.3)
    path = tmp_path / "e.sock"
    with leading(Place(str(path)), long_answers), connected(path) as wire:
        ask_once(wire)
        time.sleep(0.6)

        assert ask_once(wire) < 5


def test_one_caller_never_has_all_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MOST_OF_ONE", ENTRIES)
    path, go_on, heard = tmp_path / "e.sock", Event(), []

    def slow(asked: Call) -> list[Answer]:
        go_on.wait(5)
        return [Answer()] * len(asked.commands)

    with leading(Place(str(path)), slow), connected(path) as one, connected(path) as other:
        one.sendall(ASKED % 1 + ASKED % 2)
        busy = json.loads(one.makefile().readline())
        thread = Thread(target=lambda: heard.append(ask_once(other)))
        thread.start()
        go_on.set()
        thread.join(5)

    assert busy["id"] == 2
    assert {answer["refused"] for answer in busy["answers"]} == {"MarketBusy"}
    assert heard


def test_more_callers_than_there_is_room_for_are_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MOST_CALLERS", 1)
    path = tmp_path / "e.sock"
    with leading(Place(str(path)), long_answers), connected(path) as first:
        ask_once(first)
        with connected(path) as second:
            told = second.makefile().read()

        assert json.loads(told)["error"] == "no more than 1 callers are let in"
        assert ask_once(first) < 5
