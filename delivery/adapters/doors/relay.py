"""The relay: carries connections that come in at a door to a port inside; standard library only.

It runs beside the job, with the job's own rights, and imports nothing of the house: sites run
its text. One process and one loop, whatever the number of links; what one side does not take
is not read from the other.
"""

import contextlib
import errno
import select
import socket
from collections.abc import Callable

MOST_LINKS = 32
PIECE_BYTES = 64 * 1024


class Way:
    """One direction of a link: at most one piece waits in it."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        """Begin with nothing on the way."""
        self.source, self.target = source, target
        self.waiting = b""
        self.ended = self.shut = False

    @property
    def waits_for(self) -> "tuple[int, int] | None":
        """Return the descriptor and the event that let it go on; None when it is over."""
        if self.waiting:
            return self.target.fileno(), select.POLLOUT
        return None if self.ended else (self.source.fileno(), select.POLLIN)

    def step(self) -> None:
        """Carry what can be carried now; OSError when an end is broken."""
        with contextlib.suppress(BlockingIOError):
            if not self.waiting and not self.ended:
                self.waiting = self.source.recv(PIECE_BYTES)
                self.ended = not self.waiting
            if self.waiting:
                self.waiting = self.waiting[self.target.send(self.waiting) :]
        if self.ended and not self.waiting and not self.shut:
            self.shut = True
            self.target.shutdown(socket.SHUT_WR)


class Link:
    """Two sockets that act as one connection, once the inner one is connected."""

    def __init__(self, outer: socket.socket, inner: socket.socket) -> None:
        """Let neither side wait for the other."""
        self.ends = (outer, inner)
        for end in self.ends:
            end.settimeout(0)
        self.ways = (Way(outer, inner), Way(inner, outer))
        self.connecting = True

    def wishes(self) -> "dict[int, int]":
        """Return what each descriptor is to be watched for."""
        if self.connecting:
            return {self.ends[1].fileno(): select.POLLOUT}
        found: dict[int, int] = {}
        for wish in filter(None, (way.waits_for for way in self.ways)):
            found[wish[0]] = found.get(wish[0], 0) | wish[1]
        return found

    def step(self) -> bool:
        """Carry both ways; return whether the link lives on, else it is closed."""
        try:
            if self.connecting:
                # Reading tells why a connection came to nothing.
                self.connecting = False
            for way in self.ways:
                way.step()
        except OSError:
            self.close()
            return False
        if all(way.shut for way in self.ways):
            self.close()
            return False
        return True

    def close(self) -> None:
        """Let go of both sides."""
        for end in self.ends:
            end.close()


def to_port(port: int) -> socket.socket:
    """Begin to connect to a port of this network's own loopback; OSError when it is refused.

    Nobody waits for it: a service whose queue of callers is full holds up no other link.
    """
    inner = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    refused = inner.connect_ex(("127.0.0.1", port))
    if refused not in {0, errno.EINPROGRESS}:
        inner.close()
        raise OSError(refused, "refused")
    return inner


def carry(
    listener: socket.socket,
    enter: Callable[[], socket.socket],
    admit: "Callable[[socket.socket], bool]" = lambda _outer: True,
) -> None:
    """Link every connection at the listener with a new one inside, for as long as this lives.

    `admit` may refuse a connection. Above 32 links no further one is taken until one has ended.
    """
    listener.settimeout(0)
    links: list[Link] = []
    try:
        while True:
            poll = select.poll()
            if len(links) < MOST_LINKS:
                poll.register(listener, select.POLLIN)
            for link in links:
                for descriptor, events in link.wishes().items():
                    poll.register(descriptor, events)
            ready = {descriptor for descriptor, _event in poll.poll()}
            links = [link for link in links if not _touched(link, ready) or link.step()]
            if listener.fileno() in ready:
                links += _linked(listener, enter, admit)
    finally:
        for link in links:
            link.close()


def carry_one(link: Link) -> None:
    """Carry one link until it is over."""
    while True:
        poll = select.poll()
        for descriptor, events in link.wishes().items():
            poll.register(descriptor, events)
        poll.poll()
        if not link.step():
            return


def _touched(link: Link, ready: "set[int]") -> bool:
    return any(end.fileno() in ready for end in link.ends)


def _linked(
    listener: socket.socket,
    enter: Callable[[], socket.socket],
    admit: "Callable[[socket.socket], bool]",
) -> "list[Link]":
    """Return the link for the next connection; none, and the connection closed, if refused."""
    try:
        outer, _address = listener.accept()
    except OSError:
        return []
    try:
        if admit(outer):
            return [Link(outer, enter())]
    except OSError:
        pass
    outer.close()
    return []
