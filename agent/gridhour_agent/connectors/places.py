"""Where hand-overs of the process connector live: in files, so that they survive the agent."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Place:
    """The folder of one generation of a hand-over."""

    folder: Path

    @property
    def holder(self) -> Path:
        """Return the file that names the holder: process id and start time."""
        return self.folder / "holder.json"

    @property
    def lease(self) -> Path:
        """Return the file whose time of change is the last renewal."""
        return self.folder / "lease"

    @property
    def spans(self) -> Path:
        """Return the meter: a line a stretch of wall time held, from and to in nanoseconds."""
        return self.folder / "spans"

    @property
    def stop(self) -> Path:
        """Return the file that asks the holder to end."""
        return self.folder / "stop"

    @property
    def jobs(self) -> Path:
        """Return the folder of jobs, one folder each."""
        return self.folder / "jobs"

    def living_pid(self) -> int:
        """Return the holder's process id; 0 when it is gone."""
        known = read_json(self.holder)
        pid = int(known.get("pid", 0))
        return pid if pid and process_started(pid) == known.get("started") else 0


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a file at once, so that nobody reads half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content))
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the file's content; nothing when there is no such file."""
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return content


def process_started(pid: int) -> int:
    """Return when the process started, in kernel ticks since boot; 0 when it is not alive.

    With the id this names a process for ever: ids are used again, start times are not.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] in {"Z", "X"} else int(fields[19])
