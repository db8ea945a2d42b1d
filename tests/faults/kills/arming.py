"""Arms points in running programs, sees who has passed them, and kills who is to die there."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.kills.points import STOP, Kill


@dataclass(frozen=True)
class Killed:
    """A kill that happened, and when (seconds since 1970)."""

    kill: Kill
    at: float


@dataclass
class Arms:
    """The folder that `counter.failpoints` looks into."""

    folder: Path
    # Kills and restarts slurmrestd.
    strike: Callable[[], None] | None = None
    armed: dict[str, Kill] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("armed", "taken"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def arm(self, kill: Kill) -> None:
        """Let the next passer of the point be killed, or stopped."""
        draft = self.folder / kill.point
        draft.write_text(kill.deed)
        self.armed[kill.point] = kill
        draft.rename(self.folder / "armed" / kill.point)

    def happened(self) -> list[Killed]:
        """Return what has happened since this was last asked."""
        found = []
        for path in sorted((self.folder / "taken").iterdir()):
            name, _, pid = path.name.rpartition("@")
            # Taking it changed nothing of the file but its name.
            killed = Killed(self.armed.pop(name), path.stat().st_ctime)
            if killed.kill.deed == STOP:
                killed = Killed(killed.kill, self._strike(int(pid)))
            path.unlink()
            found.append(killed)
        return found

    def _strike(self, stopped: int) -> float:
        """Kill slurmrestd while a worker stands still, then let it go on; return when."""
        at = time.time()
        if self.strike is not None:
            self.strike()
        with suppress(ProcessLookupError):
            os.kill(stopped, signal.SIGCONT)
        return at

    def disarm(self) -> list[Kill]:
        """Take back what nobody has passed; what was passed meanwhile stays to be told."""
        back = []
        for point, kill in list(self.armed.items()):
            with suppress(FileNotFoundError):
                (self.folder / "armed" / point).unlink()
                del self.armed[point]
                back.append(kill)
        return back
