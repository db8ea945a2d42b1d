"""How a job is confined, and whether this machine can; standard library only."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from delivery.adapters.process.cell_root import DATA
from delivery.adapters.process.inside import HOME, Order

MODES = ("own-account", "user-namespaces")
PLAIN = "plain"
# Accounts that no distribution gives to a person or a service; the second where a container
# has no more numbers than sixteen bits.
WIDE, NARROW = (200_000, 100_000), (20_000, 40_000)
SCRATCH_MB_A_DEVICE, FILES_A_DEVICE = 256, 8_192
MEMORY_MB_A_DEVICE = 1_024
PROCESSES_A_DEVICE = 64
OPEN_FILES = 256
MEBIBYTE = 1024 * 1024
NAMESPACES = ("--net", "--ipc", "--uts", "--pid", "--mount", "--cgroup", "--fork")
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from delivery.adapters.process.inside import main; main(sys.argv[2])"  # noqa: E501


@dataclass(frozen=True)
class Cell:
    """What confines the jobs of one hand-over.

    `prefix` is the environment whose programs jobs may use, `base` the Python below it, `house`
    the folder of this code; `shown` are further folders that jobs may read.
    """

    mode: str
    name: str
    prefix: str
    base: str
    house: str
    network: bool = False
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """One job as a cell runs it."""

    name: str
    argv: Sequence[str]
    devices: int
    time_limit_s: int
    folder: str
    outputs_fd: int = -1
    output_bytes: int = 0
    door_fd: int = -1
    port: int = 0
    entered: bool = False
    data: str = ""


def uid_of(cell: Cell, job: str) -> int:
    """Return the account number of a job: never a person's, the same each time."""
    first, count = WIDE if _highest_id() >= sum(WIDE) else NARROW
    return first + zlib.crc32(f"{cell.name}/{job}".encode()) % count


@lru_cache(maxsize=1)
def _highest_id() -> int:
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    return max(int(first) + int(count) - 1 for first, _, count in map(str.split, lines))


def memory_bytes(devices: int) -> int:
    """Return what all processes of a job may hold together, its scratch folder with them."""
    return MEMORY_MB_A_DEVICE * devices * MEBIBYTE


def limits_of(devices: int, time_limit_s: int) -> dict[str, int]:
    """Return the kernel's limits on each process, by the names of `resource`."""
    return {
        "CPU": (time_limit_s + 5) * devices,
        "AS": 2 * memory_bytes(devices),
        "NPROC": PROCESSES_A_DEVICE * devices,
        "NOFILE": OPEN_FILES,
        "FSIZE": 64 * MEBIBYTE,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "CORE": 0,
    }


def order_of(cell: Cell, work: Work) -> Order:
    """Return what the first process of the cell is told."""
    return Order(
        mode=cell.mode,
        uid=uid_of(cell, work.name),
        root=work.folder,
        home=work.folder if cell.mode == PLAIN else HOME,
        shown=(cell.prefix, cell.base, *cell.shown),
        scratch_mb=SCRATCH_MB_A_DEVICE * work.devices,
        files=FILES_A_DEVICE * work.devices,
        limits=limits_of(work.devices, work.time_limit_s),
        argv=tuple(work.argv),
        outputs_fd=work.outputs_fd,
        output_bytes=work.output_bytes,
        network=cell.network,
        door_fd=work.door_fd,
        port=work.port,
        entered=work.entered,
        data=work.data,
    )


def confine(cell: Cell, work: Work) -> list[str]:
    """Return the command that runs the work confined in the cell."""
    order = json.dumps(asdict(order_of(cell, work)))
    program = [f"{cell.prefix}/bin/python3", "-I", "-S", "-c", BOOT, cell.house, order]
    command = ["nice", "-n", "10", *program]
    if cell.mode == PLAIN:
        return command
    spaces = [space for space in NAMESPACES if not (cell.network and space == "--net")]
    if cell.mode == "user-namespaces":
        spaces = ["--user", "--map-root-user", *spaces]
    return ["unshare", *spaces, "--kill-child=SIGKILL", "--", *command]


def best_mode(house: str) -> str:
    """Return the strictest mode that works here: tried, not guessed; `plain` when none does."""
    return why_not(house)[0]


@lru_cache(maxsize=4)
def why_not(house: str) -> tuple[str, str]:
    """Return the mode that works, and what the kernel said to those that did not."""
    said = []
    for mode in MODES if os.geteuid() == 0 else MODES[1:]:
        answer = _try(Cell(mode, "probe", sys.prefix, sys.base_prefix, house))
        if not answer:
            return mode, ""
        said.append(f"{mode}: {answer}")
    return PLAIN, "; ".join(said)


def _try(cell: Cell) -> str:
    """Run nothing in the cell; return the reason why that failed, or nothing."""
    if shutil.which("unshare") is None:
        return "there is no unshare"
    with tempfile.TemporaryDirectory() as folder:
        command = confine(cell, Work("probe", ["true"], 1, 10, folder))
        try:
            result = subprocess.run(  # noqa: S603  our own program
                command, capture_output=True, check=False, timeout=20, text=True
            )
        except (OSError, subprocess.TimeoutExpired) as failure:
            return str(failure)[-200:]
    if result.returncode == 0:
        return ""
    return (result.stderr.strip().splitlines() or [f"exit {result.returncode}"])[-1][-200:]


def environment_of(cell: Cell, work: Work, more: Mapping[str, str]) -> dict[str, str]:
    """Return all that a job finds in its environment."""
    home, data = (work.folder, work.data) if cell.mode == PLAIN else (HOME, DATA)
    return {
        **more,
        "PATH": f"{cell.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": f"{home}/tmp",  # noqa: S108  in the cell
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "GRIDHOUR_JOB": work.name,
        "GRIDHOUR_DEVICES": str(work.devices),
        "GRIDHOUR_OUTPUTS": f"{home}/outputs",
        **({"GRIDHOUR_DATA": data} if work.data else {}),
        "OMP_NUM_THREADS": str(work.devices),
        "OPENBLAS_NUM_THREADS": str(work.devices),
    }
