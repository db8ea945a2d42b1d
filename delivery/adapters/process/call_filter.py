"""Calls to the kernel that no job needs, refused by libseccomp; standard library only."""

import ctypes
import errno
from collections.abc import Callable

ALLOW = 0x7FFF0000
ERRNO = 0x00050000
EQUAL, GREATER, MASKED_EQUAL = 4, 6, 7
NOT_KNOWN = -1

# Namespaces, mounts, other processes' memory, keys, modules, the clock, and the parts of the
# kernel in which escapes are found most often.
REFUSED = """
    unshare setns mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount
    open_tree mount_setattr ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd
    process_madvise move_pages migrate_pages add_key request_key keyctl init_module finit_module
    delete_module kexec_load kexec_file_load bpf perf_event_open userfaultfd io_uring_setup
    io_uring_enter io_uring_register open_by_handle_at name_to_handle_at swapon swapoff reboot
    acct quotactl quotactl_fd syslog iopl ioperm clock_settime clock_adjtime settimeofday
    adjtimex vhangup lookup_dcookie fanotify_init
""".split()  # noqa: SIM905  a list of sixty strings would not be read
# clone() is refused with any of: mount, cgroup, UTS, IPC, user, PID and network namespaces.
NEW_NAMESPACES = tuple(1 << bit for bit in (17, 25, 26, 27, 28, 29, 30))
# Unix (1), IPv4 (2), IPv6 (10) and netlink (16) are what runtimes use.
REFUSED_FAMILIES = (*range(3, 10), *range(11, 16))
LAST_FAMILY = 16


class Comparison(ctypes.Structure):
    """One condition on a call's argument, as libseccomp takes it."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def prepare() -> Callable[[], None]:
    """Return what puts the filter on the calling process, for good; OSError without libseccomp."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ALLOW))

    def refuse(name: str, number: int, *conditions: Comparison) -> None:
        call = library.seccomp_syscall_resolve_name(name.encode())
        if call == NOT_KNOWN:
            return
        given = (Comparison * len(conditions))(*conditions)
        action = ctypes.c_uint32(ERRNO | number)
        result = library.seccomp_rule_add_array(context, action, call, len(conditions), given)
        if result != 0:
            raise OSError(-result, f"no rule for {name}")

    _add_rules(refuse)

    def load() -> None:
        result = library.seccomp_load(context)
        if result != 0:
            raise OSError(-result, "the filter of calls was not taken")

    return load


def _add_rules(refuse: Callable[..., None]) -> None:
    for name in REFUSED:
        refuse(name, errno.EPERM)
    # Its arguments lie in memory, where no filter can look; programs then fall back to clone().
    refuse("clone3", errno.ENOSYS)
    for flag in NEW_NAMESPACES:
        refuse("clone", errno.EPERM, Comparison(0, MASKED_EQUAL, flag, flag))
    refuse("socket", errno.EAFNOSUPPORT, Comparison(0, GREATER, LAST_FAMILY, 0))
    for family in REFUSED_FAMILIES:
        refuse("socket", errno.EAFNOSUPPORT, Comparison(0, EQUAL, family, 0))
