"""Engines that answer by rote, at whatever place."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from marketplace.domain.entry import Answer, Call
from marketplace.domain.places import Place
from marketplace.engine.inbox import Inbox
from marketplace.engine.server import Server
from tests.unit.marketplace.certificates import HOST

Answers = Callable[[Call], list[Answer]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def leading(place: Place, answer: Answers, *, term: int = 1) -> Iterator[Server]:
    """An engine at the place whose inbox somebody empties."""
    inbox = Inbox()
    path = Path(place.name) if place.is_path else None
    server = Server(path, inbox, address=None if place.is_path else place, term=term)
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


def numbered(number: int) -> Answers:
    return lambda asked: [Answer(number=number)] * len(asked.commands)
