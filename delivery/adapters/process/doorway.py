"""Where a job's door is on this machine: a socket in the holder's folder; standard library only.

The folder and the socket are the site's own account's; no cell sees them. Inside, the first
process of the cell has the listening end and nothing of the folder.
"""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

NAME = "door"
BACKLOG = 32
ENTER_S, PAUSE_S = 5.0, 0.02


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Yield the door's address in a form that a socket's name has room for."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield f"/proc/self/fd/{place}/{NAME}"
    finally:
        os.close(place)


def listen(folder: Path) -> socket.socket:
    """Return the listening end of a job's door, which only this account may enter."""
    (folder / NAME).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        with _short(folder) as address:
            listener.bind(address)
    finally:
        os.umask(before)
    listener.listen(BACKLOG)
    return listener


def enter(folder: Path) -> socket.socket:
    """Return a connection through a job's door; OSError when nobody is behind it.

    Where too many stand before it, waits its turn for five seconds.
    """
    caller, until = socket.socket(socket.AF_UNIX), time.monotonic() + ENTER_S
    caller.settimeout(ENTER_S)
    try:
        with _short(folder) as address:
            while True:
                try:
                    caller.connect(address)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(PAUSE_S)
    except OSError:
        caller.close()
        raise
    return caller
