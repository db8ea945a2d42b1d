"""How a job is confined: its own user, no network, its own processes; standard library only."""

import os
import shutil
import stat
import subprocess
import sys
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

FIRST_UID = 200_000
UIDS = 100_000
NOBODY = 65_534
MEBIBYTE = 1024 * 1024
# Inside its own mount namespace: a private /tmp of bounded size, and no sight of our files.
PREPARE = (
    'mount -t tmpfs -o "size=$4m,mode=0700,uid=$1,gid=$1" job "$2" || exit 126; '
    'if [ -n "$5" ]; then mkdir -m 0755 "$2/env" "$2/base" && '
    'mount --bind "$5" "$2/env" && mount --bind "$6" "$2/base" || exit 126; fi; '
    'if [ -d "$3" ]; then mount -t tmpfs -o size=4k,mode=0 hidden "$3" || exit 126; fi; '
    'cd "$2" || exit 126; U=$1; shift 6; '
    'exec setpriv --reuid "$U" --regid "$U" --clear-groups --no-new-privs --inh-caps=-all '
    # The change of account clears the wish to die with the parent, so it is made again.
    '--pdeathsig KILL --bounding-set=-all -- nice -n 10 "$@"'
)
NAMESPACES = (
    "--net --ipc --uts --pid --fork --kill-child=SIGKILL --mount --mount-proc".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Cell:
    """What confines the jobs of one hand-over.

    `prefix` is the environment whose programs jobs may use, `base` the Python below it.
    """

    mode: str
    name: str
    var: str
    prefix: str
    base: str

    @property
    def point(self) -> str:
        """Return where the job's scratch folder appears to it."""
        return scratch_point((self.prefix, self.base))

    @property
    def is_open(self) -> bool:
        """Tell whether any account can reach the environment and its Python."""
        return is_open_to_all(self.prefix) and is_open_to_all(self.base)


def uid_of(name: str) -> int:
    """Return the account number of a hand-over: never a person's, the same each time."""
    return FIRST_UID + zlib.crc32(name.encode()) % UIDS


def scratch_point(keep: tuple[str, ...]) -> str:
    """Return a folder to mount the job's scratch on, that hides none of the paths to keep."""
    for point in ("/tmp", "/mnt", "/media"):  # noqa: S108  the job's own, in its own namespace
        if Path(point).is_dir() and not any(path.startswith(f"{point}/") for path in keep):
            return point
    return "/mnt"


def is_open_to_all(path: str) -> bool:
    """Tell whether any account can reach and read the folder."""
    places = [Path(path), *Path(path).parents]
    return all(place.stat().st_mode & stat.S_IXOTH for place in places)


def confine(cell: Cell, devices: int, argv: list[str]) -> list[str]:
    """Return the command that runs `argv` confined in the cell."""
    if cell.mode == "user-namespaces":
        spaces = "--map-current-user --net --pid --fork --kill-child=SIGKILL --mount-proc"
        return ["unshare", *spaces.split(), "--", "nice", "-n", "10", *argv]
    if cell.mode == "plain":
        return ["nice", "-n", "10", *argv]
    uid = uid_of(cell.name) if cell.mode == "own-account" else NOBODY
    bound = ["", ""] if cell.is_open else [cell.prefix, cell.base]
    given = [str(uid), cell.point, cell.var, str(256 * devices), *bound]
    return ["unshare", *NAMESPACES, "--", "/bin/sh", "-c", PREPARE, "sh", *given, *argv]


@lru_cache(maxsize=4)
def best_mode(var: str) -> str:
    """Return the strictest mode that works here: tried, not guessed."""
    if shutil.which("unshare") is None:
        return "plain"
    modes = ["own-account", "nobody"] if os.geteuid() == 0 else []
    cell = Cell("", "probe", var, sys.prefix, sys.base_prefix)
    for mode in [*modes, "user-namespaces"]:
        command = confine(replace(cell, mode=mode), 1, ["true"])
        result = subprocess.run(command, capture_output=True, check=False, timeout=10)  # noqa: S603
        if result.returncode == 0:
            return mode
    return "plain"


def environment_of(cell: Cell, folder: str, job: str, devices: int) -> dict[str, str]:
    """Return all that a job finds in its environment."""
    home, programs, libraries = folder, f"{cell.prefix}/bin", {}
    if cell.mode in {"own-account", "nobody"}:
        home = cell.point
        if not cell.is_open:
            programs = f"{home}/base/bin"
            version = f"python{sys.version_info.major}.{sys.version_info.minor}"
            libraries = {
                "PYTHONPATH": f"{home}/env/lib/{version}/site-packages",
                "LD_LIBRARY_PATH": f"{home}/base/lib",
            }
    return {
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "GRIDHOUR_JOB": job,
        "GRIDHOUR_DEVICES": str(devices),
        "OMP_NUM_THREADS": str(devices),
        "OPENBLAS_NUM_THREADS": str(devices),
        **libraries,
    }
