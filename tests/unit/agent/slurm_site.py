"""A cluster as the agent's tests tell it: a stand-in for Slurm's programs in a folder."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gridhour_agent.connectors.slurm import SlurmConnector
from gridhour_agent.connectors.slurm_settings import PROGRAMS

USERS = ("ghj01", "ghj02")
# `become` stands where `runuser` or `sudo` would; it notes for whom.
TOML = """\
cluster = "lab"
job_users = ["ghj01", "ghj02"]
job_dir = "{folder}/jobs/{{user}}"
programs = "{folder}/bin"
as_user = ["become", "{{user}}"]
python = "{python}"
acceptance_wait_s = 20

[pools.here-h800]
partition = "market"
gres = "gpu:h800"
devices_per_node = 4
cores_per_node = 4
memory_mb_per_core = 200

[pools.conform]
partition = "market"
gres = "gpu"
devices_per_node = 4
cores_per_node = 4
"""


class StandIn:
    """The state behind the stand-in's programs, and the agent's folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.state, self.bin, self.jobs = folder / "agent", folder / "bin", folder / "jobs"
        for each in (self.state, self.bin, *(self.jobs / user for user in USERS)):
            each.mkdir(parents=True)
        script = Path(__file__).with_name("slurm_stand_in.py").read_text()
        for name in PROGRAMS:
            (self.bin / name).write_text(f"#!{sys.executable} -SE\n{script}")
            (self.bin / name).chmod(0o755)
        self._write(
            {
                "skew": 0,
                "unrecorded": 0,
                "nodes": {"n1": "IDLE", "n2": "IDLE"},
                "reservations": {},
                "records": [],
                "accounts": {},
                "jobs": {},
                "events": [],
            }
        )
        self.fault()
        become = f'#!/bin/sh\necho "$1" >>{self.bin}/became\nshift\nexec "$@"\n'
        (self.bin / "become").write_text(become)
        (self.bin / "become").chmod(0o755)
        text = TOML.format(folder=folder, python=sys.executable)
        (self.state / "slurm.toml").write_text(text)

    def connector(self) -> SlurmConnector:
        return SlurmConnector(self.state)

    def look(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.bin / "state.json").read_text())
        return told

    @contextmanager
    def changed(self) -> Iterator[dict[str, Any]]:
        state = self.look()
        yield state
        self._write(state)

    def _write(self, state: dict[str, Any]) -> None:
        (self.bin / "state.json").write_text(json.dumps(state))

    def fault(self, *lines: str) -> None:
        (self.bin / "faults").write_text("\n".join(lines))
