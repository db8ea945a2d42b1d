"""Measure what was handed over, by a job in its own reservation."""

import json
import shlex
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.cluster import Cluster, Reservation, node_troubles
from delivery.adapters.slurm.jobs import Jobs, Order, has_ended, output_path
from delivery.adapters.slurm.options import SlurmOptions
from delivery.adapters.slurm.shapes import Shape
from delivery.domain.handover import JobStatus, Measured

PAUSE_S = 0.2
MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class Acceptance:
    """Runs the probe on every node of a hand-over that runs jobs."""

    options: SlurmOptions
    cluster: Cluster
    jobs: Jobs

    def measure(self, external: str, user: str, held: Reservation, shape: Shape) -> Measured:
        """Return devices and GFLOPS of the slowest; nodes that run no jobs are not counted.

        ConnectorFailed when the job does not end in time or ends badly.
        """
        snapshot = self.cluster.look_now()
        missing = node_troubles(snapshot, held)
        well = len(held.nodes) - len(missing)
        evidence: dict[str, object] = {"nodes_missing": missing, "clock_skew_s": snapshot.skew_s}
        if not well:
            return Measured(0, 0, evidence | {"method": "none: no node runs jobs"})
        lines = self._probe(external, user, replace(shape, nodes=well))
        figures = [figure for line in lines for figure in line["gflops"]]
        found = sum(len(line["devices"]) for line in lines)
        evidence |= {"method": lines[0]["method"] if lines else "none", "nodes": lines}
        return Measured(found, min(figures, default=0), evidence)

    def _probe(self, external: str, user: str, shape: Shape) -> list[dict[str, Any]]:
        name = f"{external}.acceptance"
        file = output_path(self.options, user, name)
        running = [row for row in self.jobs.named(external, name) if not has_ended(row)]
        if not running:
            self.jobs.submit(self._order(external, name, user, shape))
        status = self._wait_for(external, name)
        output = self.jobs.read(file, 0, MOST_BYTES).decode(errors="replace")
        if status.exit_code != 0:
            msg = f"the acceptance test ended with {status.exit_code} {output.strip()[-120:]}"
            raise ConnectorFailed(msg)
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    def _order(self, external: str, name: str, user: str, shape: Shape) -> Order:
        """Return the job: first of all it removes what an earlier buyer left in the folder."""
        folder = self.options.folder_of(user)
        program = Path(__file__).parent.with_name("probe.py").read_text()
        argv = self.options.probe or (self.options.python, "-c", program)
        if shape.nodes > 1:
            argv = ("srun", f"--nodes={shape.nodes}", "--ntasks-per-node=1", *argv)
        keep = shlex.quote(f"{name}.out")
        clean = f"find {shlex.quote(folder)} -mindepth 1 ! -name {keep} -delete"
        return Order(external, name, user, argv, shape, self.options.acceptance_wait_s, {}, clean)

    def _wait_for(self, external: str, name: str) -> JobStatus:
        deadline = time.monotonic() + self.options.acceptance_wait_s
        while True:
            rows = self.jobs.named(external, name)
            if rows and has_ended(rows[-1]):
                return self.jobs.status_of(rows[-1])
            if time.monotonic() > deadline:
                why = rows[-1]["state_reason"] if rows else "unknown to Slurm"
                for row in rows:
                    self.jobs.cancel(int(row["job_id"]))
                msg = f"the acceptance test did not end in time: {why}"
                raise ConnectorFailed(msg)
            time.sleep(PAUSE_S)
