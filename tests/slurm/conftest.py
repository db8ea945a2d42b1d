"""A real Slurm cluster for a session of tests; skipped where there can be none."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.connectors import connector_named
from delivery.adapters.slurm.connector import SlurmConnector
from delivery.domain.handover import AllocationView, JobSpec, JobStatus
from tests.slurm.lab import layout
from tests.slurm.lab.cluster import SlurmCluster, why_not
from tests.slurm.lab.table import table_of

START = datetime(2026, 12, 1, tzinfo=UTC)
ENV = "GRIDHOUR_SLURM"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all of them; they need a cluster that only `make test-slurm` brings up."""
    reason = why_not() if os.environ.get(ENV) else "run by `make test-slurm`"
    for item in items:
        if "tests/slurm/" in item.nodeid and "lab" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slurm)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def lab() -> Iterator[SlurmCluster]:
    """The cluster, up once for all tests."""
    with SlurmCluster() as cluster:
        yield cluster


@dataclass
class Centre:
    """The cluster as its own administrator sees it, and our connector to it."""

    lab: SlurmCluster
    site: SlurmConnector

    def scontrol(self, *words: str) -> str:
        return self.admin("scontrol", *words)

    def admin(self, *argv: str) -> str:
        environment = {**os.environ, "SLURM_CONF": str(self.lab.at.conf)}
        done = subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def reserve(self, name: str, *words: str) -> str:
        when = ("StartTime=now", "Duration=60", "Accounts=own", "PartitionName=market")
        return self.scontrol("create", "reservation", f"ReservationName={name}", *when, *words)

    def reservations(self) -> list[str]:
        return sorted(self.site.cluster.look_now().reservations)

    def active_jobs(self) -> list[str]:
        return self.admin("squeue", "-h", "-o", "%j").split()

    def leftovers(self) -> list[str]:
        """Return everything of ours that the cluster still has."""
        accounts = self.admin(
            "sacctmgr", "-nP", "show", "account", "organization=gridhour", "format=account"
        )
        ours = [name for name in accounts.split() if name != "gridhour"]
        return [*self.reservations(), *self.active_jobs(), *ours]

    def run(self, view: AllocationView, name: str, *argv: str, limit: int = 20) -> JobStatus:
        self.site.run_job(view, JobSpec(name, argv, 1, limit))
        until(lambda: not self.site.job_state(view, name).running)
        return self.site.job_state(view, name)

    def close(self, key: str) -> None:
        """Let go of the connection that the house keeps under a key."""
        site = connector_named(key)
        assert isinstance(site, SlurmConnector)
        site.rest.client.close()
        connector_named.cache_clear()

    def answers(self) -> bool:
        try:
            self.site.inventory()
            self.site.cluster.look_now()
        except ConnectorFailed:
            return False
        return True

    def nodes_are_well(self) -> bool:
        try:
            nodes = self.site.cluster.look_now().nodes.values()
        except ConnectorFailed:
            return False
        return not any(node.trouble for node in nodes)


@pytest.fixture
def centre(lab: SlurmCluster, settings: Any, tmp_path: Any, db: None) -> Iterator[Centre]:
    """The cluster without anything of an earlier test's, and left so."""
    settings.VAR_DIR = tmp_path
    centre = Centre(lab, SlurmConnector(**table_of(lab)))
    yield centre
    until(centre.answers)
    for name in centre.site.inventory():
        centre.site.release(name)
    for name in centre.reservations():
        centre.scontrol("delete", "reservation", name)
    for node in layout.NODES:
        trouble = centre.site.cluster.look_now().nodes[node].trouble
        if trouble.startswith("down") or "DRAIN" in trouble:
            centre.scontrol("update", f"nodename={node}", "state=resume")
    until(centre.nodes_are_well)
    centre.site.rest.client.close()


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def view_of(number: int, *, devices: int = 4, generation: int = 1) -> AllocationView:
    """Return an allocation of so many devices; each test takes numbers of its own."""
    return AllocationView(
        allocation_id=number,
        base_name=f"gh-GH-2026-{number}",
        external_name=f"gh-GH-2026-{number}-g{generation}",
        generation=generation,
        site_code="here",
        pool_code="here-h800",
        stack="CUDA",
        devices=devices,
        gflops_per_device=1,
        starts_at=START,
        ends_at=START + timedelta(hours=2),
    )


def later(view: AllocationView, generation: int) -> AllocationView:
    name = f"{view.base_name}-g{generation}"
    return replace(view, generation=generation, external_name=name)
