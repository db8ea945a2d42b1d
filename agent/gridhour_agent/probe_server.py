"""The responder of a demand city: answers probes, so much and so long, and nothing else."""

import logging
import socket
import threading
import time
from collections.abc import Callable

from gridhour_agent.probe_wire import (
    COUNT,
    DOWN,
    ECHO,
    HEAD,
    MAGIC,
    MOST_BYTES,
    MOST_ECHO_BYTES,
    PIECE_BYTES,
    UP,
)

log = logging.getLogger("gridhour_agent")
MOST_CONNECTIONS = 16
IDLE_S = 5.0
CONNECTION_S = 30.0
# What one connection may move, both ways together.
MOST_CONNECTION_BYTES = 2 * MOST_BYTES
PIECE = bytes(PIECE_BYTES)


class Responder:
    """Listens and answers each prober in a thread of its own, at most 16 at once."""

    def __init__(self, host: str, port: int) -> None:
        """Bind the address; port 0 takes a free one. OSError where it is taken."""
        self.socket = socket.create_server((host, port), backlog=64)
        self.address: tuple[str, int] = self.socket.getsockname()[:2]
        self.places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.stopped = threading.Event()

    def serve(self) -> None:
        """Answer until `stop` is called; who comes when all places are taken is turned away."""
        self.socket.settimeout(0.2)
        while not self.stopped.is_set():
            try:
                prober, _address = self.socket.accept()
            except TimeoutError:
                continue
            except OSError:
                break
            if self.places.acquire(blocking=False):
                threading.Thread(target=self._serve_one, args=(prober,), daemon=True).start()
            else:
                prober.close()
        self.socket.close()

    def stop(self) -> None:
        """Take no more probers."""
        self.stopped.set()

    def _serve_one(self, prober: socket.socket) -> None:
        try:
            with prober:
                prober.settimeout(IDLE_S)
                prober.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                answer(prober, time.monotonic)
        except (OSError, EOFError) as failure:
            log.debug("a prober went: %s", failure)
        finally:
            self.places.release()


def answer(prober: socket.socket, clock: Callable[[], float]) -> None:
    """Answer one prober until it goes, breaks the rules, or has had its bytes and seconds."""
    if read_whole(prober, len(MAGIC)) != MAGIC:
        return
    ends_at, left = clock() + CONNECTION_S, MOST_CONNECTION_BYTES
    while clock() < ends_at:
        kind, length = HEAD.unpack(read_whole(prober, HEAD.size))
        left -= length
        if left < 0 or not _answered(prober, kind, length, lambda: clock() < ends_at):
            return


def _answered(prober: socket.socket, kind: bytes, length: int, in_time: Callable[[], bool]) -> bool:
    """Answer one request; False where it is none."""
    if kind == ECHO and 0 < length <= MOST_ECHO_BYTES:
        prober.sendall(read_whole(prober, length))
    elif kind == DOWN and 0 < length <= MOST_BYTES:
        while length and in_time():
            piece = PIECE[: min(length, PIECE_BYTES)]
            prober.sendall(piece)
            length -= len(piece)
    elif kind == UP and 0 < length <= MOST_BYTES:
        taken = 0
        while taken < length and in_time():
            piece = prober.recv(min(length - taken, PIECE_BYTES))
            if not piece:
                return False
            taken += len(piece)
        prober.sendall(COUNT.pack(taken))
    else:
        return False
    return True


def read_whole(other: socket.socket, length: int) -> bytes:
    """Return exactly so many bytes; EOFError where the other side ends before."""
    found = bytearray()
    while len(found) < length:
        piece = other.recv(length - len(found))
        if not piece:
            raise EOFError
        found += piece
    return bytes(found)
