"""Where a hand-over's state lives: in files, so that it survives workers; standard library only."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Holding:
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
        """Return the meter: stretches of wall time in which the devices were held."""
        return self.folder / "spans"

    @property
    def stop(self) -> Path:
        """Return the file that asks the holder to end."""
        return self.folder / "stop"

    @property
    def ill(self) -> Path:
        """Return the file that says, while it exists, that the devices are not healthy."""
        return self.folder / "ill"

    @property
    def jobs(self) -> Path:
        """Return the folder of jobs, one folder each."""
        return self.folder / "jobs"

    @property
    def data(self) -> Path:
        """Return the folder of data that jobs read, whole files only."""
        return self.folder / "data"

    @property
    def incoming(self) -> Path:
        """Return the folder of data that is on its way, out of the jobs' sight."""
        return self.folder / "incoming"

    def job(self, external_id: str) -> Path:
        """Return a job's folder."""
        return self.jobs / external_id


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


def start_ticks(pid: int) -> int:
    """Return when the process started, in kernel ticks since boot; 0 when it is not alive.

    With the id this names a process for ever: ids are used again, start times are not.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] in {"Z", "X"} else int(fields[19])


def living_pid(holding: Holding) -> int:
    """Return the holder's process id; 0 when it is gone."""
    known = read_json(holding.holder)
    pid = int(known.get("pid", 0))
    return pid if pid and start_ticks(pid) == known.get("start_ticks") else 0
