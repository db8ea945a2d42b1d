"""One control group a job, where the kernel lets us make one; standard library only.

It counts all processes of the job together, which limits on each process cannot.
"""

import contextlib
import os
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PERIOD_US = 100_000
REMOVAL_TRIES, REMOVAL_PAUSE_S = 20, 0.02


@dataclass(frozen=True)
class Bounds:
    """What the processes of a job may use together."""

    memory_bytes: int
    processes: int
    processors: int


@dataclass(frozen=True)
class Group:
    """The folders that are the job's group: one in the second version, one a kind in the first."""

    folders: tuple[Path, ...]

    @property
    def bounds_memory(self) -> bool:
        """Tell whether the kernel itself ends a job that takes too much memory."""
        names = ("memory.max", "memory.limit_in_bytes")
        return any((folder / name).exists() for folder in self.folders for name in names)

    def enter(self) -> None:
        """Put the calling process, and what it starts from now on, into the group."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text("0")

    def ran_out_of_memory(self) -> bool:
        """Tell whether the kernel ended a process of the group for its memory."""
        return any(
            line.startswith("oom_kill ") and line.split()[1] != "0"
            for folder in self.folders
            for name in ("memory.events", "memory.oom_control")
            for line in _lines(folder / name)
        )

    def remove(self) -> None:
        """Remove the group; what is still in it is about to end."""
        for folder in self.folders:
            for _ in range(REMOVAL_TRIES):
                with contextlib.suppress(FileNotFoundError):
                    try:
                        folder.rmdir()
                    except OSError:
                        time.sleep(REMOVAL_PAUSE_S)
                        continue
                break


def make(name: str, bounds: Bounds) -> Group:
    """Make a group with as many of the bounds as this machine offers; perhaps an empty one."""
    if (ROOT / "cgroup.controllers").exists():
        return _second_version(name, bounds)
    files = {
        "memory": {"memory.limit_in_bytes": bounds.memory_bytes},
        "pids": {"pids.max": bounds.processes},
        "cpu": {"cpu.cfs_quota_us": bounds.processors * PERIOD_US},
    }
    parents = {kind: _own(kind) for kind in files}
    made = [_made(parent / name, files[kind]) for kind, parent in parents.items() if parent]
    return Group(tuple(folder for folder in made if folder))


def _second_version(name: str, bounds: Bounds) -> Group:
    own = _own("")
    for parent in [own, ROOT] if own else [ROOT]:
        with contextlib.suppress(OSError):
            (parent / "cgroup.subtree_control").write_text("+memory +pids +cpu")
        files: dict[str, object] = {
            "memory.max": bounds.memory_bytes,
            "memory.swap.max": 0,
            "memory.oom.group": 1,
            "pids.max": bounds.processes,
            "cpu.max": f"{bounds.processors * PERIOD_US} {PERIOD_US}",
        }
        folder = _made(parent / name, files)
        if folder:
            return Group((folder,))
    return Group(())


def _own(kind: str) -> Path | None:
    """Return the folder of our own group of a kind, if it may be written to."""
    for line in _lines(Path("/proc/self/cgroup")):
        _, kinds, path = line.split(":", 2)
        if kind in kinds.split(","):
            folder = ROOT / kind / path.lstrip("/")
            return folder if os.access(folder, os.W_OK) else None
    return None


def _made(folder: Path, files: "dict[str, int] | dict[str, object]") -> Path | None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return None
    try:
        for name, value in files.items():
            if name == "memory.swap.max" and not (folder / name).exists():
                continue
            (folder / name).write_text(str(value))
    except OSError:
        with contextlib.suppress(OSError):
            folder.rmdir()
        return None
    return folder


def prefix_of(folder: Path) -> str:
    """Return how the groups of a hand-over's jobs begin: its folder names it on this machine."""
    return f"gridhour-{zlib.crc32(str(folder).encode()):08x}-"


def remove_left(prefix: str) -> bool:
    """Remove empty groups of an earlier holder; tell whether none is left.

    A process that was killed stays in its group for a moment.
    """
    patterns = (f"{prefix}*", f"*/{prefix}*", f"*/*/{prefix}*", f"*/*/*/{prefix}*")
    left = Group(tuple(folder for pattern in patterns for folder in ROOT.glob(pattern)))
    left.remove()
    return not any(folder.exists() for folder in left.folders)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
