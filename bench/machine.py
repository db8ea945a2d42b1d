"""The machine: what it is, who uses its processors, and which of that is ours."""

import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Processor seconds between two looks: all of the machine's, and those of some processes."""

    elapsed_s: float
    machine_s: float
    ours_s: float
    by_server: dict[int, float]

    @property
    def servers_s(self) -> float:
        """Return what all server processes used."""
        return sum(self.by_server.values())

    @property
    def foreign_bp(self) -> int:
        """Return what others used, as a share of all processors."""
        foreign = max(0.0, self.machine_s - self.ours_s)
        return round(10_000 * foreign / (self.elapsed_s * (os.cpu_count() or 1)))


def facts(postgres: str) -> dict[str, object]:
    """Return what stands beside every figure."""
    return {
        "processors": os.cpu_count(),
        "model": _model(),
        "memory_mb": _memory_mb(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgres": postgres,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def watched(work: Callable[[], None], *, ours: Iterable[int], servers: Iterable[int]) -> Usage:
    """Do the work; return who used the processors meanwhile.

    `ours` are the roots of process trees that belong to the measurement, `servers`
    those of the server side alone.
    """
    ours, servers = set(ours), set(servers)
    before = (time.perf_counter(), _machine_s(), tree_s(ours))
    served = {pid: tree_s([pid]) for pid in servers}
    work()
    after = (time.perf_counter(), _machine_s(), tree_s(ours))
    elapsed, machine, own = (b - a for a, b in zip(before, after, strict=True))
    by_server = {pid: tree_s([pid]) - used for pid, used in served.items()}
    return Usage(elapsed_s=elapsed, machine_s=machine, ours_s=own, by_server=by_server)


def tree_s(roots: Iterable[int]) -> float:
    """Return the processor seconds of the processes and all below them, ended ones too."""
    times: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid, parent = int(folder.name), int(fields[1])
        times[pid] = sum(int(part) for part in fields[11:15]) / TICKS
        children.setdefault(parent, []).append(pid)
    total, waiting, seen = 0.0, list(roots), set[int]()
    while waiting:
        pid = waiting.pop()
        if pid in seen:
            continue
        seen.add(pid)
        total += times.get(pid, 0.0)
        waiting += children.get(pid, [])
    return total


def parent_of(pid: int) -> int:
    """Return the number of the process that started it."""
    return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])


def _machine_s() -> float:
    """Return busy seconds of all processors: everything but idle and waiting for disks."""
    fields = [int(part) for part in (PROC / "stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def _model() -> str:
    for line in (PROC / "cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_mb() -> int:
    first = (PROC / "meminfo").read_text().splitlines()[0]
    return int(first.split()[1]) // 1024
