"""Run the kills in a process of their own: the cluster first, since settings name it."""

import importlib
import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path

import django

from tests.slurm.lab.cluster import SlurmCluster, why_not
from tests.slurm.lab.table import table_of


def main(told: str, report: str) -> None:
    """Bring the cluster up where it is wanted and can be, then run."""
    wanted = json.loads(told)
    with_slurm = "slurm" in wanted["lanes"] and not why_not()
    with SlurmCluster() if with_slurm else nullcontext() as lab:
        if lab is not None:
            file = Path(wanted["failpoints"]).parent / "connectors.toml"
            rows = [f"{name} = {json.dumps(value)}" for name, value in table_of(lab).items()]
            file.write_text("\n".join(['[lab]\nkind = "slurm"', *rows]) + "\n")
            os.environ["CONNECTORS_FILE"] = str(file)
        django.setup()
        importlib.import_module("tests.faults.kills.run").main(lab, wanted, Path(report))


if __name__ == "__main__":
    main(*sys.argv[1:3])
