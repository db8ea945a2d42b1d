"""PostgreSQL refuses to run as root: whom it runs as instead."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from config.services.children import Account
from config.services.places import ServicesUnavailable

ROOT = 0


def server_account(data: Path, program: Path) -> Account:
    """Return the account for the server; nothing changes unless this process is root.

    As root the folder's present owner is kept, else `postgres` or `nobody` is taken. Where that
    account cannot reach the checkout (it lies below a closed folder), root runs the server in a
    user namespace in which it is not root.
    """
    if os.geteuid() != ROOT:
        return Account()
    initialised = (data / "PG_VERSION").exists()
    candidate = _owner_of(data) if initialised else _unprivileged()
    if candidate is not None and _can_reach(candidate, data, program):
        return candidate
    if not shutil.which("unshare"):
        msg = f"no unprivileged account can reach {data} and `unshare` is not installed"
        raise ServicesUnavailable(msg)
    return Account(prefix=("unshare", "--user", "--map-user=1000", "--map-group=1000"))


def _owner_of(data: Path) -> Account | None:
    status = data.stat()
    return Account(user=status.st_uid, group=status.st_gid) if status.st_uid != ROOT else None


def _unprivileged() -> Account | None:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(user=entry.pw_uid, group=entry.pw_gid)
    return None


def _can_reach(account: Account, data: Path, program: Path) -> bool:
    script = 'cd "$1" && "$2" --version'
    result = subprocess.run(  # type: ignore[call-overload]
        ["/bin/sh", "-c", script, "sh", str(data.parent), str(program)],
        capture_output=True,
        check=False,
        cwd="/",
        **account.popen(),
    )
    return bool(result.returncode == 0)
