"""The door of a job on a node: runs as the job user before the job's command does.

Standard library only, Python 3.9 at least; sites run its text behind that of the relay and of
the shells. It listens on the node for those who prove that they come from the house. For a
service it makes a network of its own and links them with the service's port; in a session it
gives each a shell. Who else connects learns nothing and reaches nothing.
"""

import ctypes
import fcntl
import hashlib
import hmac
import os
import secrets
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from delivery.adapters.doors.relay import MOST_LINKS, Link, carry_one, to_port
from delivery.adapters.doors.terminal import MOST_SHELLS, attend

NONCE_BYTES, PROOF_BYTES = 16, 32
PROVE_S = 5.0
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
CANNOT_START = 127
SHELLS = "shells"
LIBC = ctypes.CDLL(None, use_errno=True)


def proof(secret: bytes, who: bytes, first: bytes, second: bytes) -> bytes:
    """Return what only a holder of the secret can say of two fresh numbers."""
    return hmac.new(secret, who + first + second, hashlib.sha256).digest()


def read_exactly(end: socket.socket, count: int) -> bytes:
    """Return so many bytes; OSError when the other side says fewer in time."""
    found = b""
    while len(found) < count:
        piece = end.recv(count - len(found))
        if not piece:
            raise OSError("the other side ended")
        found += piece
    return found


def admits(outer: socket.socket, secret: bytes) -> bool:
    """Prove to the caller that this is its door, then let it prove that it is the house."""
    outer.settimeout(PROVE_S)
    theirs = read_exactly(outer, NONCE_BYTES)
    ours = secrets.token_bytes(NONCE_BYTES)
    outer.sendall(ours + proof(secret, b"node", theirs, ours))
    said = read_exactly(outer, PROOF_BYTES)
    return hmac.compare_digest(said, proof(secret, b"house", ours, theirs))


def own_network() -> None:
    """Leave the node's network for one with a loopback alone; OSError where the node forbids it."""
    uid, gid = os.geteuid(), os.getegid()
    if LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "the node gives jobs no network of their own")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        answer = fcntl.ioctl(door, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", answer)[1] | IFF_UP
        fcntl.ioctl(door, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags))


def keep_door(
    listener: socket.socket, secret: bytes, serve: "Callable[[socket.socket], None]"
) -> None:
    """Serve callers who prove themselves, each in a process of its own, while the job lives."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    living = 0
    while True:
        outer, _address = listener.accept()
        while living and os.waitpid(-1, os.WNOHANG)[0]:
            living -= 1
        if living < MOST_LINKS:
            living += 1
            if os.fork() == 0:
                listener.close()
                _admitted(outer, secret, serve)
        outer.close()


def _admitted(
    outer: socket.socket, secret: bytes, serve: "Callable[[socket.socket], None]"
) -> None:
    try:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if admits(outer, secret):
            serve(outer)
    except OSError:
        pass
    finally:
        os._exit(0)


def to_service(port: int) -> "Callable[[socket.socket], None]":
    """Return what links a caller with the service's port."""
    return lambda outer: carry_one(Link(outer, to_port(port)))


def to_shell() -> "Callable[[socket.socket], None]":
    """Return what gives a caller a shell while fewer than eight have one.

    Those who prove nothing take no place: it is a lock that ends with the process that holds it.
    """
    places = os.memfd_create("places")

    def serve(outer: socket.socket) -> None:
        outer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(MOST_SHELLS):
            try:
                fcntl.lockf(places, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            except OSError:
                continue
            attend(outer, become_shell)

    return serve


def become_shell(argv: "list[str]") -> None:
    """Turn this process into a shell that ends with its caller's process, and with the job."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    become(argv)


def become(argv: "list[str]") -> None:
    """Turn this process into a program that gets no new rights; says why when it cannot."""
    try:
        LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.execvp(argv[0], argv)  # noqa: S606  running it is the point
    except OSError as failure:
        os.write(2, f"{argv[0]}: {failure}\n".encode())
    os._exit(CANNOT_START)


def main(note: str, way: str, argv: "list[str]") -> None:
    """Open the door, say at which port of the node, and become the job's command.

    `way` is the service's port, or `shells`.
    """
    secret = bytes.fromhex(os.environ.pop("GRIDHOUR_DOOR"))
    listener = socket.create_server(("", 0), backlog=MOST_LINKS)
    draft = Path(f"{note}.draft")
    draft.write_text(f"{listener.getsockname()[1]}\n")
    draft.replace(note)
    try:
        if way != SHELLS:
            own_network()
        serve = to_shell() if way == SHELLS else to_service(int(way))
        if os.fork() == 0:
            keep_door(listener, secret, serve)
        listener.close()
    except OSError as failure:
        os.write(2, f"{argv[0]}: {failure}\n".encode())
        os._exit(CANNOT_START)
    become(argv)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
