"""Hold a hand-over's devices: a quota is a ceiling, only a pod keeps a device from others.

Pods that do nothing hold what no job has. A job's pods have a higher priority and wait for
room; then the holders in their place end, and come back when the job is over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from delivery.adapters.kubernetes import bodies, names
from delivery.adapters.kubernetes.api import Api, ApiRefused, Body
from delivery.adapters.kubernetes.nodes import Node
from delivery.adapters.kubernetes.options import KubernetesOptions
from delivery.adapters.kubernetes.pods import AT_ONCE_S, Pod, read_pod
from delivery.adapters.kubernetes.shares import Room, shares_of, superfluous


@dataclass(frozen=True)
class Standing:
    """A hand-over's pods and jobs at one look."""

    pods: tuple[Pod, ...]
    jobs: tuple[Body, ...]

    def holders(self, share: int) -> list[Pod]:
        """Return all pods that ever held the share, oldest first."""
        rows = [pod for pod in self.pods if pod.role == names.HOLD and pod.share == share]
        return sorted(rows, key=lambda pod: (pod.made_s, len(pod.name), pod.name))

    def node_of(self, share: int) -> str:
        """Return the node that the share is on; empty while it is on none."""
        placed = [pod.node for pod in self.holders(share) if pod.node]
        return placed[-1] if placed else ""

    def used(self) -> dict[str, int]:
        """Return the devices on each node that unfinished jobs have, or wait for."""
        found: dict[str, int] = {}
        for job in self.jobs:
            if is_over(job):
                continue
            for node in nodes_of(job):
                found[node] = found.get(node, 0) + devices_of(job)
        return found

    def rooms(self, shares: Sequence[int]) -> list[Room]:
        """Return the shares that are on a node, and what is free in each."""
        used = self.used()
        placed = [(index, self.node_of(index), size) for index, size in enumerate(shares)]
        return [
            Room(index, node, size, max(0, size - used.get(node, 0)))
            for index, node, size in placed
            if node
        ]

    def devices_held(self, well: Mapping[str, Node], *, running: bool = False) -> int:
        """Return the devices that pods have at this moment, on nodes that are ready.

        A node has given them when it has taken the pod on, though the image may still come;
        `running` asks for more.
        """
        rows = [pod for pod in self.pods if pod.holds and pod.started_s is not None]
        return sum(
            pod.devices
            for pod in rows
            if pod.node in well
            and not well[pod.node].trouble
            and (not running or pod.phase == "Running")
        )

    def waiting(self) -> list[Pod]:
        """Return pods that do not run yet and say why, oldest first."""
        rows = [pod for pod in self.pods if pod.phase == "Pending" and not pod.leaving]
        rows = [pod for pod in rows if pod.waits_for]
        return sorted(rows, key=lambda pod: (pod.made_s, pod.name))


def is_over(job: Body) -> bool:
    """Tell whether a job has ended, its pods accounted for."""
    rows = job.get("status", {}).get("conditions") or ()
    return any(row["type"] in {"Complete", "Failed"} and row["status"] == "True" for row in rows)


def nodes_of(job: Body) -> list[str]:
    """Return the nodes that a job was sent to."""
    told = job["metadata"].get("annotations", {}).get(names.NODES, "")
    return [node for node in told.split(",") if node]


def devices_of(job: Body) -> int:
    """Return the devices that each of a job's pods has."""
    containers: list[dict[str, Any]] = job["spec"]["template"]["spec"]["containers"]
    told = [
        env["value"] for row in containers for env in row["env"] if env["name"] == bodies.DEVICES
    ]
    return int(told[0]) if told else 0


@dataclass(frozen=True)
class Holding:
    """Makes and ends the pods that hold devices."""

    options: KubernetesOptions
    api: Api

    def look(self, external: str) -> Standing:
        """Return the hand-over's pods and jobs."""
        namespace = names.namespace_of(external)
        pods = [read_pod(row, self.options.resource) for row in self.api.all("Pod", namespace)]
        return Standing(tuple(pods), tuple(self.api.all("Job", namespace)))

    def keep(
        self,
        external: str,
        devices: int,
        standing: Standing,
        nodes: Mapping[str, Node],
        lasts_s: int,
    ) -> bool:
        """End and make holders until each share has what no job has; tell whether any changed."""
        used, changed = standing.used(), False
        for share, size in enumerate(shares_of(devices, self.options.devices_per_node)):
            node = standing.node_of(share)
            lost = node in nodes and bool(nodes[node].trouble)
            wanted = max(0, size - used.get(node, 0)) if node else size
            held = {pod.name: pod for pod in standing.holders(share) if pod.holds}
            for pod in [pod for pod in held.values() if lost and not pod.node and pod.pinned]:
                # It waits for a node that is away; any other will do.
                self._end(external, held.pop(pod.name))
            surplus = sum(pod.devices for pod in held.values()) - wanted
            sizes = {name: pod.devices for name, pod in held.items()}
            ending, anew = superfluous(sizes, surplus) if surplus > 0 else ([], -surplus)
            for name in ending:
                self._end(external, held[name])
            if anew:
                first = 1 + max(map(_number, standing.holders(share)), default=0)
                self._make(external, share, first, anew, "" if lost else node, lasts_s)
            changed = changed or bool(ending or anew)
        return changed

    def _make(
        self, external: str, share: int, number: int, devices: int, node: str, lasts_s: int
    ) -> None:
        """Make a holder; another worker that saw the same made it under the same name.

        Where those that end still count, the quota has no room: the next look makes it.
        """
        body = bodies.holder(external, share, number, devices, node, lasts_s, self.options)
        try:
            self.api.create("Pod", body, names.namespace_of(external))
        except ApiRefused as refusal:
            if "exceeded quota" not in str(refusal):
                raise

    def _end(self, external: str, pod: Pod) -> None:
        """End a pod so that its record stays; one that was never on a node has none."""
        namespace = names.namespace_of(external)
        if pod.node:
            self.api.patch(
                "Pod", pod.name, {"spec": {"activeDeadlineSeconds": AT_ONCE_S}}, namespace
            )
        else:
            self.api.delete("Pod", pod.name, namespace)


def _number(pod: Pod) -> int:
    return int(pod.name.rpartition("-")[2])
