"""Shells beside a job, each for one connection at its door; standard library only.

It imports nothing of the house: the first process of a cell runs it, and sites run its text.

A connection begins with one line of JSON: what is to run, and on which terminal. From then on
frames go both ways: a letter, four bytes of length, the bytes. In: `d` typed, `w` the window's
size, `e` no more is typed. Out: `d` written, `r` written as error, `x` the exit code.
"""

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import termios
from collections.abc import Callable
from typing import Any

MOST_SHELLS = 8
HELLO_BYTES, READ_BYTES, MOST_FRAME_BYTES = 8_192, 32 * 1024, 64 * 1024
HELLO_S = 5.0
SHELL = "/bin/sh"
# Python ignores SIGPIPE, and whoever is started behind a script SIGINT and SIGQUIT: no shell may.
HEEDED = (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGHUP, signal.SIGTERM)
Becoming = Callable[["list[str]"], None]


def frame(kind: bytes, payload: bytes) -> bytes:
    """Return one frame."""
    return kind + struct.pack(">I", len(payload)) + payload


class Frames:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.held = b""

    def take(self, piece: bytes) -> "list[tuple[bytes, bytes]]":
        """Return the frames that are whole now; ValueError for one that is too long."""
        self.held += piece
        found = []
        while len(self.held) >= 5:
            size = struct.unpack(">I", self.held[1:5])[0]
            if size > MOST_FRAME_BYTES:
                raise ValueError("a frame is too long")
            if len(self.held) < 5 + size:
                break
            found.append((self.held[:1], self.held[5 : 5 + size]))
            self.held = self.held[5 + size :]
        return found


def serve(listener: socket.socket, become: Becoming) -> None:
    """Give every connection a shell, up to eight at once, for as long as this lives.

    `become` turns a child into the program with the job's own limits; it does not return.
    """
    living = 0
    while True:
        caller, _address = listener.accept()
        with contextlib.suppress(ChildProcessError):
            while living and os.waitpid(-1, os.WNOHANG)[0]:
                living -= 1
        if living < MOST_SHELLS:
            living += 1
            if os.fork() == 0:
                listener.close()
                attend(caller, become)
        caller.close()


def attend(caller: socket.socket, become: Becoming) -> None:
    """Give one caller its shell and end this process, a child of its own for each caller."""
    try:
        caller.settimeout(HELLO_S)
        hello = _hello(caller)
        command = hello.get("command")
        argv = [SHELL, "-c", str(command)] if command is not None else [SHELL, "-i"]
        caller.settimeout(None)
        if hello.get("term"):
            _on_terminal(caller, hello, argv, become)
        else:
            _on_pipes(caller, argv, become)
    except (OSError, ValueError, KeyError):
        pass
    finally:
        os._exit(0)


def _hello(caller: socket.socket) -> "dict[str, Any]":
    line = b""
    while not line.endswith(b"\n"):
        piece = caller.recv(1)
        if not piece or len(line) > HELLO_BYTES:
            raise ValueError("no greeting")
        line += piece
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError("no greeting")  # noqa: TRY004  a caller's mistake, not a program's
    return found


def _size(descriptor: int, rows: int, columns: int) -> None:
    size = struct.pack("HHHH", min(rows, 999), min(columns, 999), 0, 0)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, size)


def _heed_signals() -> None:
    for number in HEEDED:
        signal.signal(number, signal.SIG_DFL)


def _on_terminal(
    caller: socket.socket, hello: "dict[str, Any]", argv: "list[str]", become: Becoming
) -> None:
    pid, master = pty.fork()
    if pid == 0:
        caller.close()
        os.environ["TERM"] = str(hello["term"])[:40]
        _heed_signals()
        become(argv)
    _size(master, int(hello["rows"]), int(hello["columns"]))
    Carrying(caller, pid, master, master).run({master: b"d"})


def _on_pipes(caller: socket.socket, argv: "list[str]", become: Becoming) -> None:
    given, typed = os.pipe()
    out, written = os.pipe()
    err, complained = os.pipe()
    pid = os.fork()
    if pid == 0:
        caller.close()
        os.setsid()
        for source, target in ((given, 0), (written, 1), (complained, 2)):
            os.dup2(source, target)
        _heed_signals()
        become(argv)
    for end in (given, written, complained):
        os.close(end)
    Carrying(caller, pid, typed, -1).run({out: b"d", err: b"r"})


class Carrying:
    """One shell's way to its caller and back; nobody reads more than the other side takes."""

    def __init__(self, caller: socket.socket, pid: int, typed: int, terminal: int) -> None:
        """Begin with an open line; `terminal` is -1 where there is none."""
        self.caller, self.pid, self.typed, self.terminal = caller, pid, typed, terminal
        self.frames, self.waiting, self.over = Frames(), b"", False
        os.set_blocking(typed, False)

    def run(self, outputs: "dict[int, bytes]") -> None:
        """Carry until all output has ended, then tell the exit code; hang up with the caller."""
        ended = False
        try:
            ended = self._carry(outputs)
        finally:
            # A caller that was cut off hangs up too.
            if not ended:
                self._hang_up()
        if ended:
            code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            self.caller.sendall(frame(b"x", struct.pack(">I", code if code >= 0 else 128 - code)))

    def _hang_up(self) -> None:
        """Tell the shell, and what it runs on its terminal, that nobody is there any more."""
        groups = {self.pid}
        with contextlib.suppress(OSError):
            groups.add(os.tcgetpgrp(self.terminal))
        # A terminal without a shell says 0, and that would be our own.
        for group in groups - {0}:
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGHUP)

    def _carry(self, outputs: "dict[int, bytes]") -> bool:
        """Carry both ways; tell whether the output ended, and not the caller."""
        while outputs:
            reading = [*outputs, *([] if self.waiting else [self.caller.fileno()])]
            writing = [self.typed] if self.waiting else []
            ready, takes, _ = select.select(reading, writing, [])
            for descriptor in [one for one in ready if one in outputs]:
                if not self._said(descriptor, outputs[descriptor]):
                    del outputs[descriptor]
            if takes:
                self._type(b"")
            if self.caller.fileno() in ready and not self._heard():
                return False
        return True

    def _said(self, descriptor: int, kind: bytes) -> bool:
        try:
            piece = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            piece = b""
        if piece:
            self.caller.sendall(frame(kind, piece))
        return bool(piece)

    def _heard(self) -> bool:
        piece = self.caller.recv(READ_BYTES)
        for kind, payload in self.frames.take(piece):
            if kind == b"d":
                self._type(payload)
            elif kind == b"w" and self.terminal >= 0:
                _size(self.terminal, *struct.unpack(">HH", payload))
            elif kind == b"e" and self.terminal < 0:
                self.over = True
                self._type(b"")
        return bool(piece)

    def _type(self, more: bytes) -> None:
        """Hand on what was typed, as far as it is taken now."""
        self.waiting += more
        try:
            while self.waiting and self.typed >= 0:
                self.waiting = self.waiting[os.write(self.typed, self.waiting) :]
        except BlockingIOError:
            return
        except OSError:
            self.waiting = b""
        if self.typed < 0:
            self.waiting = b""
        if self.over and not self.waiting and self.typed >= 0 and self.terminal < 0:
            os.close(self.typed)
            self.typed = -1
