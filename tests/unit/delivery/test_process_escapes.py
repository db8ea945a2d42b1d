"""A job that wants out: each attempt is made in a real cell and must be held there.

Two kinds of cell are tried where this machine can make them; the control shows that the same
attempts do get out where nothing confines them.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from delivery.adapters.process.confinement import (
    Cell,
    Work,
    confine,
    environment_of,
    why_not,
)
from tests.unit.delivery.escapes import ATTEMPTS, argv_for

# One process makes all attempts: they share accounts, whose processes the kernel counts.
pytestmark = pytest.mark.xdist_group("escapes")
HOUSE = str(settings.BASE_DIR)
ACCOUNT = 12_345
# The control's: processes of a cell that has ended may still be counted for a moment.
CONTROL_ACCOUNT = 22_345
# Harmless outside a cell, and possible there for any account.
CONTROLS = (
    "read a secret file of the house",
    "read the house's program and settings",
    "list the folder of hand-overs",
    "see the worker in /proc",
    "connect to a port of this machine",
    "connect to the database's socket",
    "connect to an abstract socket",
    "see another interface than loopback",
    "see the machine's devices",
    "see the kernel's own files",
    "see shared memory of others",
)
MODES = ("own-account", "user-namespaces")


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, object]]:
    """What really stands around the cell, open to any account so that only the cell holds."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "secret").write_text("books")
    (folder / "jobs").mkdir()
    (folder / "jobs" / "other").write_text("another's work")
    worker = subprocess.Popen(["sleep", "600"])
    shared = subprocess.run(["ipcmk", "-M", "4096"], capture_output=True, text=True, check=True)
    number = shared.stdout.split()[-1]
    abstract = f"gridhour-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(1) as unix:
        unix.bind(str(folder / "socket"))
        unix.listen()
        (folder / "socket").chmod(0o777)
        hidden = socket.socket(1)
        hidden.bind(f"\0{abstract}")
        hidden.listen()
        yield {
            "secret": str(folder / "secret"),
            "house": HOUSE,
            "jobs": str(folder / "jobs"),
            "other": str(folder / "jobs" / "other"),
            "worker": worker.pid,
            "port": tcp.getsockname()[1],
            "database": int(settings.DATABASES["default"]["PORT"] or 5432),
            "socket": str(folder / "socket"),
            "abstract": abstract,
            "uid": ACCOUNT,
            "shared": number,
        }
        hidden.close()
    subprocess.run(["ipcrm", "-m", number], check=True)
    assert worker.poll() is None
    worker.kill()
    worker.wait()
    shutil.rmtree(folder)


def attempt(mode: str, facts: dict[str, object], names: list[str]) -> dict[str, str]:
    """Make the attempts in one job and return what became of each."""
    as_other = mode != "own-account"
    prefix = "/usr" if as_other else sys.prefix
    cell = Cell(mode, "gh-TEST", prefix, prefix if as_other else sys.base_prefix, HOUSE)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        data = Path(folder) / "given"
        data.mkdir()
        (data / "known").write_text("data")
        # Open to any account, so that only the cell holds.
        for path in (data, data / "known"):
            path.chmod(0o777)
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        scratch.chmod(0o777)
        work = Work("job-1", argv_for(facts, names), 1, 60, str(scratch), data=str(data))
        account = ACCOUNT if mode in MODES else CONTROL_ACCOUNT
        other = ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups", "--"]
        before = other if as_other and os.geteuid() == 0 else []
        result = subprocess.run(
            [*before, *confine(cell, work)],
            env=environment_of(cell, work, {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert result.returncode == 0, result.stderr[-1_000:]
    return dict(json.loads(line) for line in result.stdout.splitlines())


@pytest.fixture(scope="module")
def verdicts(facts: dict[str, object]) -> dict[str, dict[str, str]]:
    """What became of every attempt, by mode; modes that this machine refuses are absent."""
    possible = {why_not(HOUSE)[0]} | ({"user-namespaces"} if os.geteuid() == 0 else set())
    return {mode: attempt(mode, facts, list(ATTEMPTS)) for mode in MODES if mode in possible}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_job_cannot(name: str, mode: str, verdicts: dict[str, dict[str, str]]) -> None:
    if mode not in verdicts:
        pytest.skip(f"this machine has no {mode}: {why_not(HOUSE)[1]}")

    assert verdicts[mode][name].startswith("held"), verdicts[mode][name]


def test_the_list_is_long_and_every_attempt_was_made(verdicts: dict[str, Any]) -> None:
    assert len(ATTEMPTS) >= 25
    for made in verdicts.values():
        assert set(made) == set(ATTEMPTS)


def test_without_a_cell_the_same_attempts_get_out(facts: dict[str, object]) -> None:
    made = attempt("plain", facts, list(CONTROLS))

    assert {name for name, said in made.items() if said == "ESCAPED"} == set(CONTROLS), made
