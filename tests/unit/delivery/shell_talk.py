"""What is said to a shell over its door: a greeting, frames, and what comes back."""

import contextlib
import json
import socket
import struct

from delivery.adapters.doors.terminal import Frames, frame


def greeted(caller: socket.socket, **hello: object) -> socket.socket:
    """Greet; a door that has let go already is found out by what it says: nothing."""
    caller.settimeout(20)
    with contextlib.suppress(BrokenPipeError):
        caller.sendall(json.dumps(hello).encode() + b"\n")
    return caller


def typed(caller: socket.socket, body: bytes) -> None:
    for start in range(0, len(body), 16_384):
        caller.sendall(frame(b"d", body[start : start + 16_384]))
    caller.sendall(frame(b"e", b""))


def received(caller: socket.socket) -> bytes:
    """Return what comes next; nothing from a door that let go."""
    try:
        return caller.recv(65_536)
    except ConnectionResetError:
        return b""


def written_until(caller: socket.socket, words: bytes) -> bytes:
    """Return what the shell wrote up to the piece in which the words are."""
    frames, out = Frames(), b""
    while words not in out:
        piece = received(caller)
        assert piece, out
        out += b"".join(payload for kind, payload in frames.take(piece) if kind == b"d")
    return out


def all_of(caller: socket.socket) -> tuple[bytes, bytes, int | None]:
    frames, out, err, code = Frames(), b"", b"", None
    while piece := received(caller):
        for kind, payload in frames.take(piece):
            out += payload if kind == b"d" else b""
            err += payload if kind == b"r" else b""
            code = struct.unpack(">I", payload)[0] if kind == b"x" else code
    caller.close()
    return out, err, code
