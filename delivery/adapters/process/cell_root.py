"""What a job sees of the machine: programs and devices of a kind, nothing of the house."""

import os
from dataclasses import dataclass
from pathlib import Path

from delivery.adapters.process.kernel import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_RDONLY,
    MS_REMOUNT,
    bind_read_only,
    mount,
)

HOME = "/job"
# Below a folder of our own: a folder that is shown keeps its place.
DATA = "/gridhour/data"
PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SETTINGS = (
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/ssl/certs",
)
DEVICES = ("null", "zero", "full", "random", "urandom")
STREAMS = {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
# Of the kernel's own: what tells of the machine, or of other people's work on it.
HIDDEN_IN_PROC = ("kcore", "keys", "key-users", "sysrq-trigger", "timer_list", "sched_debug")


@dataclass(frozen=True)
class Rooms:
    """Whose the writable folders are, and their sizes; `owner` is that account at mount time."""

    uid: int
    owner: int
    scratch_mb: int
    files: int
    terminals: bool = False
    # The folder of this machine that jobs see as DATA; none without one.
    data: str = ""


def build(root: str, rooms: Rooms, shown: tuple[str, ...]) -> None:
    """Mount a root of its own at `root`; `shown` folders appear there as they are, read only.

    Raises OSError when the kernel refuses one of the mounts.
    """
    mount("cell", root, "tmpfs", MS_NOSUID, "mode=0755,size=1m,nr_inodes=2048")
    for path in PROGRAMS:
        _show_program(root, path)
    for path in (*SETTINGS, *shown):
        _show(root, path)
    if rooms.data:
        bind_read_only(rooms.data, _folder(root, DATA))
    _accounts(root, rooms.uid)
    _devices(root, rooms)
    mount("proc", _folder(root, "/proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for name in HIDDEN_IN_PROC:
        if Path(f"{root}/proc/{name}").exists():
            mount("/dev/null", f"{root}/proc/{name}", "", MS_BIND)
    flags = MS_NOSUID | MS_NODEV
    mount("job", _folder(root, HOME), "tmpfs", flags, _size(rooms, rooms.scratch_mb, rooms.files))
    # Where a shown folder lies below it, it is a folder already; TMPDIR names the job's own.
    if not Path(f"{root}/tmp").exists():  # noqa: S108  in the cell
        os.symlink(f"{HOME}/tmp", f"{root}/tmp")  # noqa: S108  in the cell
    mount("", root, "", MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID)


def _folder(root: str, path: str) -> str:
    place = Path(f"{root}{path}")
    place.mkdir(parents=True, exist_ok=True, mode=0o755)
    return str(place)


def _show_program(root: str, path: str) -> None:
    """Repeat a link such as /bin to usr/bin; show a folder that is one."""
    if Path(path).is_symlink():
        Path(f"{root}{path}").symlink_to(Path(path).readlink())
    else:
        _show(root, path)


def _show(root: str, path: str) -> None:
    source, target = Path(path), Path(f"{root}{path}")
    if not source.exists() or target.exists():
        return
    if source.is_dir():
        _folder(root, path)
    else:
        _folder(root, str(source.parent))
        target.touch(mode=0o644)
    bind_read_only(str(source.resolve()), str(target))


def _accounts(root: str, uid: int) -> None:
    """Name the job's account; nobody else lives here."""
    _folder(root, "/etc")
    files = {
        "passwd": f"job:x:{uid}:{uid}:job:{HOME}:/bin/sh\n",
        "group": f"job:x:{uid}:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }
    for name, content in files.items():
        Path(f"{root}/etc/{name}").write_text(content)


def _devices(root: str, rooms: Rooms) -> None:
    _folder(root, "/dev")
    for name in DEVICES:
        Path(f"{root}/dev/{name}").touch()
        mount(f"/dev/{name}", f"{root}/dev/{name}", "", MS_BIND)
    for name, target in STREAMS.items():
        os.symlink(f"/proc/self/{target}", f"{root}/dev/{name}")
    if rooms.terminals:
        # Terminals of the cell's own: those of the machine are in another instance.
        kept = "newinstance,ptmxmode=0666,mode=0600"
        mount("devpts", _folder(root, "/dev/pts"), "devpts", MS_NOSUID | MS_NOEXEC, kept)
        os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    flags, shared_mb = MS_NOSUID | MS_NODEV | MS_NOEXEC, max(1, rooms.scratch_mb // 4)
    mount("shm", _folder(root, "/dev/shm"), "tmpfs", flags, _size(rooms, shared_mb, 1024))  # noqa: S108


def _size(rooms: Rooms, megabytes: int, files: int) -> str:
    owner = f"mode=0700,uid={rooms.owner},gid={rooms.owner}"
    return f"size={megabytes}m,nr_inodes={files},{owner}"
