"""An engine in a thread of the test's process: races are quick, and its rules can be broken."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

from django.conf import settings
from django.db import connections

from exchange.refusal import Refused
from marketplace.actions.market import Market
from marketplace.adapters.engine import _line, call_engine
from marketplace.domain.entry import Answer, Said
from marketplace.engine.inbox import Inbox
from marketplace.engine.leadership import try_to_lead
from marketplace.engine.process import take_turns
from marketplace.engine.server import Server
from marketplace.engine.turns import Turns
from timetable.queries import wall_now

ROUNDS = 1_000 if os.environ.get("FAULTS") == "long" else 20


def begin_term() -> int:
    """Take the lead, as soon as the server has noticed that the last leader is gone."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        term = try_to_lead(wall_now())
        if term is not None:
            return term
        time.sleep(0.005)
    raise AssertionError("another leads on")


@contextmanager
def engine(socket: Path, market: type[Market] = Market) -> Iterator[None]:
    """Lead in a thread behind a socket until the test is over."""
    inbox, ending, failed = Inbox(), Event(), []
    server = Server(socket, inbox)

    def lead() -> None:
        try:
            term = begin_term()
            turns = Turns(market(ids_at_once=50, epoch=term), term, fail=lambda _point: None)
            take_turns(turns, inbox, server, going=lambda: not ending.is_set())
        except Exception as problem:  # noqa: BLE001 - the test tells it
            failed.append(problem)
        finally:
            connections.close_all()

    thread = Thread(target=lead, daemon=True)
    thread.start()
    server.open()
    before, settings.ENGINE_SOCKET = settings.ENGINE_SOCKET, str(socket)
    try:
        yield
    finally:
        settings.ENGINE_SOCKET = before
        _line.drop()
        ending.set()
        thread.join(10)
        server.close()
    assert not failed, failed


def say(entry: Said) -> Answer:
    """Send one entry through the socket."""
    return call_engine([entry])[0]


class Hands:
    """Threads that live for a whole race: each keeps its connection to the engine."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pool = ThreadPoolExecutor(count)

    def at_once(self, *works: Callable[[], Any]) -> list[Any]:
        """Run the works together; refusals are answers too."""
        start = Barrier(len(works))

        def run(work: Callable[[], Any]) -> Any:
            start.wait(10)
            try:
                return work()
            except Refused as refusal:
                return refusal

        return list(self.pool.map(run, works))

    def close(self) -> None:
        """Let the threads' database connections go."""
        start = Barrier(self.count)

        def end(_number: int) -> None:
            start.wait(10)
            _line.drop()
            connections.close_all()

        list(self.pool.map(end, range(self.count)))
        self.pool.shutdown()
