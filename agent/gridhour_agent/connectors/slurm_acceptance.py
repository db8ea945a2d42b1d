"""Measure what was handed over, by a job in its own reservation."""

import json
import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridhour_agent.connector import ConnectorFailed, JobStatus, Measured
from gridhour_agent.connectors import slurm_probe
from gridhour_agent.connectors.slurm_accounts import Account
from gridhour_agent.connectors.slurm_cluster import Cluster, node_troubles
from gridhour_agent.connectors.slurm_jobs import Jobs, Order, status_of
from gridhour_agent.connectors.slurm_reservations import Shape, shape_of
from gridhour_agent.connectors.slurm_settings import Settings

PAUSE_S = 0.2
MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class Acceptance:
    """Runs the probe on every node of a hand-over that runs jobs."""

    settings: Settings
    cluster: Cluster
    jobs: Jobs

    def measure(self, name: str, account: Account) -> Measured:
        """Return devices and GFLOPS of the slowest; nodes that run no jobs are not counted.

        ConnectorFailed when the job does not end in time, ends badly or prints no figures.
        """
        snapshot = self.cluster.look_now()
        held = snapshot.held(name)
        missing = node_troubles(snapshot, held)
        well = len(held.nodes) - len(missing)
        evidence: dict[str, Any] = {"nodes_missing": missing, "clock_skew_s": snapshot.skew_s}
        if not well:
            return Measured(0, 0, evidence | {"method": "none: no node runs jobs"})
        pool = self.settings.pool(account.pool)
        each = account.devices // len(held.nodes)
        order = self._order(name, account, shape_of(each * well, pool, each))
        lines = [_checked(line) for line in self._lines(order)]
        figures = [figure for line in lines for figure in line["gflops"]]
        found = sum(len(line["devices"]) for line in lines)
        evidence |= {"method": lines[0]["method"] if lines else "none", "nodes": lines}
        # A device without a figure is measured at nothing.
        slowest = min(figures) if figures and len(figures) == found else 0
        return Measured(found, slowest, evidence)

    def _lines(self, order: Order) -> list[Any]:
        status = self._ended(order)
        output = self.jobs.read(order.user, order.name, 0, MOST_BYTES).decode(errors="replace")
        if status.exit_code != 0:
            said = f"{status.exit_code} {status.reason} {output.strip()[-120:]}"
            msg = f"the acceptance test ended with {said}"
            raise ConnectorFailed(msg)
        try:
            return [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        except ValueError as failure:
            msg = f"the acceptance test printed no figures: {failure}"
            raise ConnectorFailed(msg) from failure

    def _order(self, name: str, account: Account, shape: Shape) -> Order:
        """Return the job: first of all it removes what an earlier buyer left in the folder."""
        settings = self.settings
        program = Path(slurm_probe.__file__).read_text()
        argv = settings.probe or (settings.python, "-c", program)
        if shape.nodes > 1:
            argv = ("srun", f"--nodes={shape.nodes}", "--ntasks-per-node=1", *argv)
        where, keep = shlex.quote(settings.folder_of(account.user)), shlex.quote(f"{name}.*")
        clean = f"find {where} -mindepth 1 -maxdepth 1 ! -name {keep} -exec rm -rf -- {{}} +"
        limit_s = settings.acceptance_wait_s
        pool = settings.pool(account.pool)
        return Order(
            name, f"{name}.acceptance", account.user, argv, pool, shape, limit_s, before=clean
        )

    def _ended(self, order: Order) -> JobStatus:
        """Hand the job in unless one is under way; wait for its end."""
        deadline = time.monotonic() + self.settings.acceptance_wait_s
        known = self.jobs.named(order.handover, order.name)
        earlier = [job.number for job in known if job.ended]
        if len(earlier) == len(known):
            self.jobs.submit(order)
        while True:
            found = self.jobs.named(order.handover, order.name)
            now = [job for job in found if job.number not in earlier]
            if now and not (status := status_of(now[0], unrecorded=1)).running:
                return status
            if time.monotonic() > deadline:
                self.jobs.cancel(order.handover, [job.number for job in now if not job.ended])
                msg = f"the acceptance test did not end in time: {now[0].state if now else 'lost'}"
                raise ConnectorFailed(msg)
            time.sleep(PAUSE_S)


def _checked(line: object) -> dict[str, Any]:
    if isinstance(line, dict):
        figures, devices = line.get("gflops"), line.get("devices")
        whole = isinstance(figures, list) and all(isinstance(each, int) for each in figures)
        if whole and isinstance(devices, list):
            return {"method": "unnamed"} | line
    msg = "the acceptance test printed no figures"
    raise ConnectorFailed(msg)
