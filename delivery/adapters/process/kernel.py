"""The few calls to the kernel that Python has no name for; standard library only."""

import ctypes
import fcntl
import os
import socket
import struct

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_REC = 32, 1024, 2048, 4096, 16384
MS_PRIVATE, MS_RELATIME = 1 << 18, 1 << 21
MNT_DETACH = 2
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
LAST_CAPABILITY = 63

LIBC = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount, or raise OSError naming the target."""
    words = [part.encode() for part in (source, target, kind)]
    _checked(LIBC.mount(*words, ctypes.c_ulong(flags), data.encode()), f"mount {target}")


def bind_read_only(source: str, target: str) -> None:
    """Show a folder or file of the machine at another place, not to be written there."""
    try:
        mount(source, target, "", MS_BIND)
    except OSError:
        # A user's namespace may not look below mounts that lie on the folder.
        mount(source, target, "", MS_BIND | MS_REC)
    kept = _kept_flags(target)
    mount("", target, "", MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | kept)


def _kept_flags(path: str) -> int:
    """Return the flags of a mount that a user's namespace may not take away."""
    given = os.statvfs(path).f_flag
    pairs = [
        (os.ST_NODEV, MS_NODEV),
        (os.ST_NOEXEC, MS_NOEXEC),
        (os.ST_NOATIME, MS_NOATIME),
        (os.ST_NODIRATIME, MS_NODIRATIME),
        (os.ST_RELATIME, MS_RELATIME),
    ]
    return sum(flag for shown, flag in pairs if given & shown)


def pivot_into(root: str) -> None:
    """Make the folder the root of this mount namespace and let go of the old one."""
    os.chdir(root)
    number = SYS_PIVOT_ROOT[os.uname().machine]
    _checked(LIBC.syscall(ctypes.c_long(number), b".", b"."), "pivot_root")
    _checked(LIBC.umount2(b".", MNT_DETACH), "umount the old root")
    os.chdir("/")


def prctl(option: int, value: int) -> None:
    """Set one property of this process."""
    _checked(LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def drop_bounding_set() -> None:
    """Let no program that runs from here on gain a capability; needs the right to do so."""
    for capability in range(LAST_CAPABILITY + 1):
        if LIBC.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0:
            return


def new_user_namespace() -> None:
    """Leave the rights over the namespaces that were made so far."""
    _checked(LIBC.unshare(CLONE_NEWUSER), "unshare")


def loopback_up() -> None:
    """Bring up the network's own loopback, so that a job's processes may talk to each other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        answer = fcntl.ioctl(door, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", answer)[1]
        fcntl.ioctl(door, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
