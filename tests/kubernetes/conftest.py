"""A pretended cluster for each test: real HTTP, real processes, and the real official client."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from delivery.adapters.connector import Pending
from delivery.adapters.connectors import connector_named
from delivery.adapters.kubernetes.connector import KubernetesConnector
from delivery.adapters.signatures import _site_key
from delivery.domain.handover import AllocationView, Handle, JobSpec, JobStatus, Measured
from tests.kubernetes.lab.server import SECRET, Cluster, until

START = datetime(2026, 12, 1, tzinfo=UTC)
GPU = "nvidia.com/gpu"


def table_of(cluster: Cluster, folder: Path) -> dict[str, object]:
    """Return what a centre would write into the connectors file."""
    token = folder / "token"
    token.write_text(SECRET + "\n")
    return {
        "url": cluster.url,
        "token_file": str(token),
        "resource": GPU,
        "devices_per_node": 8,
        "image": "lab",
        "acceptance_wait_s": 30,
    }


@dataclass
class Centre:
    """The cluster as its own people see it, and our connector to it."""

    cluster: Cluster
    site: KubernetesConnector
    table: dict[str, object]

    def made(self, view: AllocationView) -> Handle:
        """Make the hand-over as the exchange does: again while it is pending."""
        found: list[Handle] = []

        def is_made() -> bool:
            try:
                found.append(self.site.ensure(view))
            except Pending:
                return False
            return True

        until(is_made)
        return found[0]

    def accepted(self, view: AllocationView) -> Measured:
        found: list[Measured] = []

        def is_measured() -> bool:
            try:
                found.append(self.site.accept_test(view))
            except Pending:
                return False
            return True

        until(is_measured)
        return found[0]

    def run(self, view: AllocationView, name: str, *argv: str, limit: int = 20) -> JobStatus:
        self.site.run_job(view, JobSpec(name, argv, 1, limit))
        until(lambda: not self.site.job_state(view, name).running)
        return self.site.job_state(view, name)

    def whole(self, view: AllocationView) -> bool:
        return self.site.inspect(view).healthy

    def held(self, view: AllocationView) -> list[tuple[str, int]]:
        """Return node and devices of each pod that holds devices at this moment."""
        standing = self.site.holding.look(view.external_name)
        rows = [pod for pod in standing.pods if pod.role == "hold" and pod.holds]
        return sorted((pod.node, pod.devices) for pod in rows)

    def leftovers(self) -> list[str]:
        """Return everything of ours that the cluster still has, but for what is remembered."""
        namespaces = [name for name in self.cluster.names("Namespace") if name != "gridhour"]
        inside = [*self.cluster.names("Pod"), *self.cluster.names("Job")]
        return [*namespaces, *inside, *["process"] * self.cluster.processes]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    with Cluster(folder).running() as cluster:
        yield cluster


@pytest.fixture
def centre(cluster: Cluster, settings: Any, tmp_path: Path, db: None) -> Iterator[Centre]:
    settings.VAR_DIR = tmp_path
    _site_key.cache_clear()
    table = table_of(cluster, tmp_path)
    centre = Centre(cluster, KubernetesConnector(**table), table)
    yield centre
    centre.site.api.close()


def apart(act: Callable[[], object]) -> Callable[[], None]:
    """Return an act that another thread may do: it leaves no connection of its own behind."""

    def done() -> None:
        try:
            act()
        finally:
            connections.close_all()

    return done


def namespace_of(centre: Centre) -> str:
    """Return the one namespace of ours."""
    return next(name for name in centre.cluster.names("Namespace") if name.startswith("gh-"))


def close(key: str) -> None:
    """Let go of the connection that the house keeps under a key."""
    site = connector_named(key)
    assert isinstance(site, KubernetesConnector)
    site.api.close()
    connector_named.cache_clear()


def view_of(number: int, *, devices: int = 4, generation: int = 1) -> AllocationView:
    return AllocationView(
        allocation_id=number,
        base_name=f"gh-GH-2026-{number}",
        external_name=f"gh-GH-2026-{number}-g{generation}",
        generation=generation,
        site_code="here",
        pool_code="here-h100",
        stack="CUDA",
        devices=devices,
        gflops_per_device=1,
        starts_at=START,
        ends_at=START + timedelta(hours=2),
    )


def later(view: AllocationView, generation: int) -> AllocationView:
    name = f"{view.base_name}-g{generation}"
    return replace(view, generation=generation, external_name=name)


def own_pod(name: str, devices: int, node: str) -> dict[str, Any]:
    """Return a pod of the centre's own work."""
    container = {
        "name": "main",
        "image": "own",
        "command": ["sleep", "600"],
        "env": [],
        "resources": {"limits": {GPU: str(devices)}},
    }
    spec = {"containers": [container], "nodeName": node}
    meta = {"name": name, "labels": {}}
    return {"metadata": meta, "spec": spec, "status": {"phase": "Pending"}}
