"""The cluster of the tests leaves nothing behind, however its run ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slurm.conftest import until
from tests.slurm.lab.cluster import SlurmCluster

ROOT = Path(__file__).resolve().parents[2]
# A run that was begun in the background has SIGINT ignored: the holder hears it all the same.
HOLD = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.slurm.lab.cluster import SlurmCluster
with SlurmCluster() as cluster:
    print(cluster.at.folder, flush=True)
    time.sleep(600)
"""


def servers_of(folder: str) -> list[str]:
    """Return the living processes that know the folder, by what they are."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            known = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if folder.encode() in known and int(process.name) != os.getpid():
                found.append((process / "comm").read_text().strip())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_neither_process_nor_folder_nor_account(
    lab: SlurmCluster, number: signal.Signals
) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with run:
        assert run.stdout is not None
        folder = run.stdout.readline().strip()
        servers = servers_of(folder)
        run.send_signal(number)
        run.wait(60)

    assert {"slurmctld", "slurmdbd", "slurmd", "slurmrestd"} <= set(servers)
    until(lambda: not Path(folder).exists() and not servers_of(folder))
    assert "ghj01" not in Path("/etc/passwd").read_text()
    assert lab.at.root.exists()
