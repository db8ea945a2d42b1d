"""The door as a real server in this process, and a caller that may write any bytes."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from granian.constants import Interfaces
from granian.server.embed import Server

from config import door


@contextlib.contextmanager
def open_door(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve `config.door` by granian, as the house does; yield its port."""
    threads = ThreadPoolExecutor(1)
    monkeypatch.setattr(door, "_threads", threads)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Server(
        door.application,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=True,
        log_enabled=False,
    )
    loop = asyncio.new_event_loop()
    running = threading.Thread(target=loop.run_until_complete, args=(server.serve(),))
    running.start()
    try:
        _wait(port)
        yield port
    finally:
        loop.call_soon_threadsafe(server.stop)
        running.join(20)
        assert not running.is_alive()
        loop.close()
        threads.submit(connections.close_all).result()
        threads.shutdown()


def _wait(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        threading.Event().wait(0.05)
    raise TimeoutError


def raw(port: int, message: bytes) -> bytes:
    """Send bytes as they are and return all that comes back until the door closes or rests."""
    with socket.create_connection(("127.0.0.1", port), 1) as caller:
        caller.sendall(message)
        parts = []
        with contextlib.suppress(TimeoutError, ConnectionError):
            while part := caller.recv(65_536):
                parts.append(part)
        return b"".join(parts)
