"""Jobs as the cluster's own Jobs, found again by name: handing one in twice runs it once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.kubernetes import bodies, names
from delivery.adapters.kubernetes.api import Api, Body
from delivery.adapters.kubernetes.holding import Standing, is_over, nodes_of
from delivery.adapters.kubernetes.options import KubernetesOptions
from delivery.adapters.kubernetes.pods import AT_ONCE_S, MAIN, Pod, read_pod
from delivery.adapters.kubernetes.shares import Placing, Room
from delivery.domain.handover import JobStatus

# The site's word for why a pod ended, and ours.
REASONS = {
    "DeadlineExceeded": "time limit",
    "OOMKilled": "out of memory",
    "Evicted": "evicted by the site",
    "EvictionByEvictionAPI": "evicted by the site",
    "TerminationByKubelet": "evicted by the site",
    "PreemptionByScheduler": "preempted by the site",
    "DeletionByTaintManager": "node failure",
    "DeletionByPodGC": "node failure",
    "NodeLost": "node failure",
    "NodeShutdown": "node failure",
    "Terminated": "node failure",
}
POD_IS_GONE = "node failure"


@dataclass(frozen=True)
class Order:
    """One job as the cluster takes it."""

    external: str
    name: str
    argv: Sequence[str]
    placing: Placing
    time_limit_s: int
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Jobs:
    """Hands jobs in, finds and ends them. Everything of one hand-over is in its namespace."""

    options: KubernetesOptions
    api: Api

    def submit(self, order: Order) -> None:
        """Hand the job in; one of its name that is there already is the job."""
        body = bodies.job(
            order.external,
            order.name,
            order.argv,
            order.environment,
            order.placing.nodes,
            order.placing.devices_a_pod,
            order.time_limit_s,
            self.options,
        )
        self.api.create("Job", body, names.namespace_of(order.external))

    def withdraw_if_crowded(
        self, external: str, name: str, standing: Standing, rooms: Sequence[Room]
    ) -> None:
        """Take a job back that was sent where another worker had just sent one.

        Each writes first and looks then, so that at least one of them sees it and gives way.
        Which was first cannot be told: the API's times are whole seconds.
        """
        size = {room.node: room.devices for room in rooms}
        crowded = {node for node, used in standing.used().items() if used > size.get(node, used)}
        rows = [row for row in standing.jobs if row["metadata"]["name"] == name]
        if any(crowded & set(nodes_of(row)) for row in rows if not is_over(row)):
            self.remove(external, name)
            msg = f"another job was sent to the same devices as {name}"
            raise ConnectorFailed(msg)

    def status(self, external: str, name: str) -> JobStatus:
        """Tell where the job stands; the API knows no processor time of pods that have ended."""
        body = self.api.read("Job", name, names.namespace_of(external))
        if body is None:
            return JobStatus(known=False)
        if not is_over(body):
            return JobStatus(known=True, running=True)
        return _ended(body, self.pods(external, name))

    def pods(self, external: str, name: str) -> list[Pod]:
        """Return the job's pods in order of their number."""
        namespace = names.namespace_of(external)
        rows = self.api.all("Pod", namespace, f"{names.JOB_OF_POD}={name}")
        pods = [read_pod(row, self.options.resource) for row in rows]
        return sorted(pods, key=lambda pod: (pod.index, pod.made_s, pod.name))

    def end(self, external: str, name: str, why: str) -> None:
        """End the job so that its pods stay, with their output; nothing happens when it is over."""
        namespace = names.namespace_of(external)
        body = self.api.read("Job", name, namespace)
        if body is None or is_over(body):
            return
        note = {"metadata": {"annotations": {names.ENDED: why}}}
        self.api.patch("Job", name, note, namespace)
        pods = [pod for pod in self.pods(external, name) if not pod.over]
        for pod in pods:
            if pod.node:
                ends = {"spec": {"activeDeadlineSeconds": AT_ONCE_S}}
                self.api.patch("Pod", pod.name, ends, namespace)
            else:
                self.api.delete("Pod", pod.name, namespace)
        if not pods:
            # It has no pod yet: without one it would wait for ever.
            self.api.patch("Job", name, {"spec": {"activeDeadlineSeconds": AT_ONCE_S}}, namespace)

    def remove(self, external: str, name: str) -> None:
        """Take the job away, with its pods and their output."""
        self.api.delete("Job", name, names.namespace_of(external))

    def log(self, external: str, name: str, offset: int, count: int) -> bytes:
        """Return bytes of the first pod's output. The API reads from the beginning only."""
        pods = self.pods(external, name)
        if not pods:
            return b""
        namespace = names.namespace_of(external)
        return self.api.log(namespace, pods[0].name, MAIN, offset + count)[offset : offset + count]


def _ended(body: Body, pods: Sequence[Pod]) -> JobStatus:
    """Return how a job ended: by its first pod that failed, or well."""
    asked = body["metadata"].get("annotations", {}).get(names.ENDED, "")
    conditions = body["status"]["conditions"]
    if any(row["type"] == "Complete" and row["status"] == "True" for row in conditions):
        return JobStatus(known=True, exit_code=0)
    failed = next((pod for pod in pods if pod.phase == "Failed"), None)
    exit_code = failed.exit_code if failed else None
    if asked:
        return JobStatus(known=True, exit_code=exit_code, reason=asked)
    if failed is None:
        return JobStatus(known=True, reason=POD_IS_GONE)
    return JobStatus(known=True, exit_code=exit_code, reason=REASONS.get(failed.why, ""))
