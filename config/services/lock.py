"""One supervisor a checkout, any number of users: locks that the kernel lets go by itself."""

import fcntl
import os
from pathlib import Path

from config.services.places import Places


class FileLock:
    """An advisory lock on a file, held until released or until the process ends."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not inherited: a child must not keep the lock of a dead supervisor.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX

    def take(self) -> bool:
        """Take the lock if it is free; tell whether it is held now."""
        try:
            fcntl.flock(self._descriptor, self._kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of the lock."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)


def supervisor_lock(places: Places) -> FileLock:
    """Return the lock that the supervisor of the checkout's servers holds."""
    return FileLock(places.run / "supervisor.lock")


def users_lock(places: Places, *, shared: bool) -> FileLock:
    """Return the lock that each command beside the supervisor shares while it runs."""
    return FileLock(places.run / "users.lock", shared=shared)


def ready_note(places: Places) -> Path:
    """Return the file that exists while the servers are up, with the supervisor's id."""
    return places.run / "ready"
