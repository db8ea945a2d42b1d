"""Processes below a process, as /proc tells; standard library only."""

import os
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
PARENT, RESIDENT = 1, 21  # fields after the command's closing bracket


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def steward_of(pid: int) -> int:
    """Return the first process of the cell below `unshare`; the process itself without one."""
    try:
        command = Path(f"/proc/{pid}/comm").read_text().strip()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return pid
    return int(children[0]) if command == "unshare" and children else pid


def resident_bytes(pid: int) -> int:
    """Return the memory that a process and all below it hold now."""
    stats = {int(path.name): _stat(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    known = {number: stat for number, stat in stats.items() if len(stat) > RESIDENT}
    below: dict[int, list[int]] = {}
    for number, stat in known.items():
        below.setdefault(int(stat[PARENT]), []).append(number)
    waiting, pages = [pid], 0
    while waiting:
        number = waiting.pop()
        pages += int(known[number][RESIDENT]) if number in known else 0
        waiting += below.get(number, [])
    return pages * PAGE
