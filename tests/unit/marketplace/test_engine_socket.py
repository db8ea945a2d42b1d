"""The engine's socket: full, it says busy; spoken to wrongly, it says why and hangs up."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from marketplace.domain.entry import Answer, Call, CancelAll, Reply
from marketplace.engine import inbox as waiting_room
from marketplace.engine.caller import LONGEST_LINE
from marketplace.engine.inbox import Inbox, Waiting
from marketplace.engine.server import Server


class Nobody:
    """A caller that has gone."""

    waits_for = 0

    def hear(self, replies: list[Reply]) -> None:
        """Hear nothing."""


def call(number: int, entries: int) -> Waiting:
    said = tuple(CancelAll(member=1) for _ in range(entries))
    return Waiting(Call(id=number, commands=said), Nobody())


def test_what_is_too_much_is_not_let_in_and_room_comes_back_with_each_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting_room, "MOST_WAITING", 10)
    monkeypatch.setattr(waiting_room, "MOST_A_TURN", 6)
    inbox = Inbox()

    assert inbox.put(call(1, 6))
    assert not inbox.put(call(2, 5))
    assert inbox.put(call(3, 4))
    assert [waiting.call.id for waiting in inbox.take(0)] == [1]
    assert inbox.put(call(4, 2))
    assert [waiting.call.id for waiting in inbox.take(0)] == [3, 4]
    assert inbox.take(0) == []


def test_calls_without_entries_take_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_room, "MOST_WAITING", 2)
    inbox = Inbox()

    assert [inbox.put(call(number, 0)) for number in range(3)] == [1, 2, 0]


def test_places_count_entries_from_one_in_the_order_of_their_turns() -> None:
    inbox = Inbox()

    assert [inbox.put(call(number, size)) for number, size in ((1, 3), (2, 1), (3, 2))] == [1, 4, 5]
    inbox.take(0)
    assert inbox.put(call(4, 1)) == 7


@contextmanager
def listening(path: Path, answer: Callable[[Call], list[Answer]]) -> Iterator[Server]:
    """A server whose inbox somebody empties."""
    inbox = Inbox()
    server = Server(path, inbox)
    server.open()
    ending: list[bool] = []

    def empty() -> None:
        while not ending:
            for taken in inbox.take(0.02):
                server.answer([taken], answer(taken.call))

    thread = Thread(target=empty, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        ending.append(True)
        thread.join(5)
        server.close()


def count_them(asked: Call) -> list[Answer]:
    return [Answer(number=index) for index in range(len(asked.commands))]


def say(path: Path, *lines: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(5)
        wire.connect(str(path))
        for line in lines:
            wire.sendall(line)
        read = b""
        while chunk := wire.recv(1 << 16):
            read += chunk
            if b"error" not in read and read.endswith(b"\n"):
                break
        return read


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n",
        b'{"id": 1}\n',
        b'{"id": 1, "commands": [{"do": "seize", "member": 1}]}\n',
        b'{"id": 1, "commands": [{"do": "tick", "hour": 1}], "more": 2}\n',
        b"\xff\xfe\n",
        b"\n",
    ],
)
def test_a_line_that_is_no_call_gets_a_word_and_the_end(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "e.sock"
    with listening(path, count_them):
        told = json.loads(say(path, line))

        assert told["id"] == 0
        assert told["error"]
        # The others are served on.
        assert json.loads(say(path, b'{"id": 7, "commands": [{"do": "tick"}]}\n'))["id"] == 7


def test_a_call_in_pieces_is_one_call(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    with listening(path, count_them):
        told = say(path, b'{"id": 7, "comm', b'ands": [{"do": "ti', b'ck"}]}\n')

    assert json.loads(told) == {"id": 7, "answers": [{}]}


def test_a_line_without_an_end_is_not_read_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    with listening(path, count_them):
        told = json.loads(say(path, b"x" * (LONGEST_LINE + 1)))

    assert "longer" in told["error"]


def test_a_full_inbox_answers_busy_for_every_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "MOST_WAITING", 1)
    path = tmp_path / "e.sock"
    with listening(path, count_them):
        told = say(path, b'{"id": 7, "commands": [{"do": "tick"}, {"do": "tick"}]}\n')

    assert [answer["refused"] for answer in json.loads(told)["answers"]] == ["MarketBusy"] * 2
