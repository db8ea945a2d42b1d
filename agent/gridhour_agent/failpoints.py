"""Named points at which a fault test of the platform ends or stops the agent; off elsewhere.

Where `GRIDHOUR_FAILPOINTS` names a folder when the process starts, a file `armed/<name>` in it
is taken by the first that passes, and says what becomes of it. `tests/faults/kills` arms them.
"""

import os
import signal
from pathlib import Path

FOLDER = os.environ.get("GRIDHOUR_FAILPOINTS", "")


def failpoint(name: str) -> None:
    """Pass the point; where a test has armed it, this process ends or stops here."""
    if FOLDER:
        _pass(Path(FOLDER), name)


def _pass(folder: Path, name: str) -> None:
    taken = folder / "taken" / f"{name}@{os.getpid()}"
    try:
        (folder / "armed" / name).rename(taken)
    except FileNotFoundError:
        return
    deed = taken.read_text()
    if deed == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif deed == "die together":
        # The whole program: a worker with its pool.
        os.killpg(0, signal.SIGKILL)
    else:
        os.kill(os.getpid(), signal.SIGKILL)
