"""One connection to the engine, shared by all threads of a process: many calls in flight."""

import itertools
import os
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

import msgspec

from marketplace.adapters.certificates import our_side
from marketplace.domain.entry import Reply
from marketplace.domain.places import Place

CONNECT_SECONDS = 0.5
# Over a network, with both certificates looked at and the engine's greeting.
GREET_SECONDS = 2.0
# As long as a take-over may last, and a little more.
ANSWER_SECONDS = 8.0
# An engine from which nothing came for so long may have been succeeded.
SILENT_SECONDS = 2.5
# Who waits for an answer looks so often whether another engine has taken over.
LOOK_SECONDS = 0.25
CHUNK = 1 << 18
_TIMEVAL = struct.Struct("@ll")
_decode = msgspec.json.Decoder(Reply).decode


class Unanswered(Exception):
    """The call was sent and no answer came: what became of it is unknown."""


class _Waiting:
    """A thread that waits for the answer to its call."""

    __slots__ = ("reply", "since", "told")

    def __init__(self, since: float) -> None:
        self.since = since
        self.reply: Reply | None = None
        self.told = threading.Lock()
        self.told.acquire()


class Wire:
    """Sends whole lines from any thread; a thread of its own hands the answers out."""

    def __init__(self, place: Place) -> None:
        """Connect, or raise an OSError."""
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}
        self._using = threading.Lock()
        self._heard_at = time.monotonic()
        self.ended = False
        self._place, self._bound = place, _bound_at(place)
        self._sock, self._receive = self._open(place)
        # A send that the engine does not take must not hold the others for ever.
        limit = _TIMEVAL.pack(int(ANSWER_SECONDS), 0)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        threading.Thread(target=self._hand_out, name="engine", daemon=True).start()

    def _open(self, place: Place) -> tuple[socket.socket, Callable[[], bytes]]:
        if place.is_path:
            wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            wire.settimeout(CONNECT_SECONDS)
            try:
                wire.connect(place.name)
            except OSError:
                wire.close()
                raise
            wire.settimeout(None)
            return wire, lambda: wire.recv(CHUNK)
        secure = _greeted(place)
        return secure, lambda: self._receive_secure(secure)

    @property
    def is_silent(self) -> bool:
        """Tell whether calls wait and nothing has come for long."""
        before = time.monotonic() - SILENT_SECONDS
        if self._heard_at > before:
            return False
        try:
            return next(iter(self._waiting.values())).since < before
        except (StopIteration, RuntimeError):
            return False

    def call(self, line: Callable[[int], bytes]) -> Reply:
        """Send the line for a number and return its answer.

        Raises ConnectionError when nothing was sent, Unanswered when the outcome is unknown.
        """
        number, waiting = next(self._numbers), _Waiting(time.monotonic())
        said = line(number)
        with self._using:
            if self.ended:
                raise ConnectionError
            self._waiting[number] = waiting
            try:
                self._sock.sendall(said)
            except OSError as problem:
                # A line without its end is no line.
                self._waiting.pop(number, None)
                self._hang_up()
                raise ConnectionError from problem
        if not self._told(waiting) or waiting.reply is None:
            self._waiting.pop(number, None)
            if time.monotonic() - self._heard_at > SILENT_SECONDS:
                self.close()
            raise Unanswered
        return waiting.reply

    def _told(self, waiting: _Waiting) -> bool:
        """Wait for the answer; not in vain for an engine that was stopped and succeeded."""
        until = waiting.since + ANSWER_SECONDS
        while (left := until - time.monotonic()) > 0:
            if waiting.told.acquire(timeout=min(left, LOOK_SECONDS)):
                return True
            if _bound_at(self._place) != self._bound:
                self.close()
        return False

    def close(self) -> None:
        """End the connection; what waits is told that its outcome is unknown."""
        with self._using:
            self._hang_up()

    def _hang_up(self) -> None:
        self.ended = True
        # The thread that reads wakes up and does the rest.
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _hand_out(self) -> None:
        rest = b""
        try:
            while data := self._receive():
                self._heard_at = time.monotonic()
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._tell(_decode(line))
        except (OSError, msgspec.MsgspecError):
            # Gone, or an engine of another version: it has said why and closes the connection.
            pass
        finally:
            with self._using:
                self._hang_up()
                self._sock.close()
            for waiting in list(self._waiting.values()):
                waiting.told.release()

    def _tell(self, reply: Reply) -> None:
        waiting = self._waiting.pop(reply.id, None)
        if waiting is not None:
            waiting.reply = reply
            waiting.told.release()

    def _receive_secure(self, secure: ssl.SSLSocket) -> bytes:
        """Read without standing in the way of those who send: TLS takes one at a time."""
        ready = select.poll()
        ready.register(secure, select.POLLIN)
        while True:
            if not secure.pending():
                ready.poll()
            with self._using:
                secure.settimeout(0)
                try:
                    return secure.recv(CHUNK)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    continue
                finally:
                    secure.settimeout(ANSWER_SECONDS)


def _bound_at(place: Place) -> int:
    """Return the number of the socket at a path: each engine that comes to lead has its own."""
    try:
        return os.stat(place.name).st_ino if place.is_path else 0
    except OSError:
        return 0


def _greeted(place: Place) -> ssl.SSLSocket:
    """Return a connection on which the engine has let us in, and said so."""
    plain = socket.create_connection((place.name, place.port), timeout=GREET_SECONDS)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secure = our_side(serving=False).wrap_socket(plain, server_hostname=place.name)
    except OSError:
        plain.close()
        raise
    try:
        # Our certificate is looked at after we believe the handshake to be over.
        greeting = b""
        while not greeting.endswith(b"\n"):
            data = secure.recv(CHUNK)
            if not data:
                raise ConnectionError
            greeting += data
    except OSError:
        secure.close()
        raise
    secure.settimeout(ANSWER_SECONDS)
    return secure
