"""What the servers stand on: folders, accounts, keys, devices; standard library only.

The accounts that Slurm needs exist in the cluster's own mount namespace only.
"""

import os
import secrets
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import layout
from configuration import files_of
from layout import Layout


class Failed(Exception):
    """Something did not come up."""


def prepare(at: Layout, prefix: str, base_prefix: str) -> None:
    for name in ("munge", "ctld", "spool", "log", "db", "gpu", "pid", "jobs", "data"):
        (at.root / name).mkdir()
    _accounts(at)
    _owned(at, "munge", "munge", 0o711)
    for name in ("ctld", "log", "pid"):
        _owned(at, name, "slurm", 0o755)
    (at.root / "db" / "tmp").mkdir()
    for name in ("db", "db/tmp"):
        _owned(at, name, layout.DATABASE_USER, 0o755)
    _secret(at.root / "munge" / "munge.key", 1024, "munge", 0o400)
    _secret(at.jwt_key, 32, "slurm", 0o600)
    for index in range(layout.DEVICES_PER_NODE):
        # A character device is all that Slurm asks of a GPU; no driver is behind it.
        device = at.root / "gpu" / f"nvidia{index}"
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(195, index))
    for user in layout.JOB_USERS:
        home = at.root / "jobs" / user
        home.mkdir()
        # The operator may go in for a file that it knows by name, and see no others.
        home.chmod(0o710)
        os.chown(home, at.users[user], at.users[layout.OPERATOR])
        data = at.root / "data" / user
        data.mkdir()
        os.chown(data, at.users[layout.OPERATOR], at.users[user])
        # What the operator puts there is of the job user's group, which may read it.
        data.chmod(0o2750)
    _python(at, prefix, base_prefix)
    for name, text in files_of(at).items():
        (at.root / name).write_text(text)
    (at.root / "slurmdbd.conf").chmod(0o600)
    shutil.chown(at.root / "slurmdbd.conf", "slurm", "slurm")


def _accounts(at: Layout) -> None:
    for name, form in (("passwd", "{n}:x:{u}:{u}::/:/bin/sh\n"), ("group", "{n}:x:{u}:\n")):
        text = Path(f"/etc/{name}").read_text()
        text += "".join(form.format(n=user, u=uid) for user, uid in at.users.items())
        copy = at.root / name
        copy.write_text(text)
        run("mount", "--bind", str(copy), f"/etc/{name}")


def _owned(at: Layout, name: str, user: str, mode: int) -> None:
    (at.root / name).chmod(mode)
    shutil.chown(at.root / name, user, user)


def _secret(path: Path, size: int, user: str, mode: int) -> None:
    path.write_bytes(secrets.token_bytes(size))
    path.chmod(mode)
    shutil.chown(path, user, user)


def _python(at: Layout, prefix: str, base_prefix: str) -> None:
    """Show jobs the tests' Python, which may be where only this account can go."""
    for name, source in (("env", prefix), ("base", base_prefix)):
        (at.root / name).mkdir()
        run("mount", "--bind", source, str(at.root / name))
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    words = [
        f"export PYTHONPATH={at.root}/env/lib/{version}/site-packages",
        f"export LD_LIBRARY_PATH={at.root}/base/lib",
        "export OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1",
        f'exec {at.root}/base/bin/{version} "$@"',
    ]
    program = at.root / "python"
    program.write_text("\n".join(["#!/bin/sh", *words, ""]))
    program.chmod(0o755)


def run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(f"{done.stdout} {done.stderr}".split())
        msg = f"{' '.join(argv[:2])}: {said[-1500:]}"
        raise Failed(msg)
