"""The Kubernetes connector: a namespace a hand-over on a centre's cluster."""

from collections.abc import Sequence

from delivery.adapters.connector import ConnectorFailed, Fenced, Pending
from delivery.adapters.kubernetes import bodies, names
from delivery.adapters.kubernetes.acceptance import Acceptance
from delivery.adapters.kubernetes.api import Body, open_api
from delivery.adapters.kubernetes.clock import SKEW_REFUSED_S, SiteClock
from delivery.adapters.kubernetes.holding import Holding, Standing
from delivery.adapters.kubernetes.jobs import Jobs, Order
from delivery.adapters.kubernetes.memory import Memory
from delivery.adapters.kubernetes.metering import Meter
from delivery.adapters.kubernetes.nodes import Node, Nodes
from delivery.adapters.kubernetes.options import read_options
from delivery.adapters.kubernetes.shares import placing, shares_of
from delivery.adapters.lasting import wall_seconds_left
from delivery.adapters.signatures import sign_for_site
from delivery.domain.handover import (
    AllocationView,
    Handle,
    JobSpec,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from delivery.domain.naming import from_lower_case, generation_of
from timetable.queries import clock_in_force, wall_now

PIECE_BYTES = 16 * 1024
# Pods that say after this long that they wait have no room, or no image.
PATIENCE_S = 30


class KubernetesConnector:
    """One namespace a hand-over, with quotas, limits and no network; pods hold its devices."""

    def __init__(self, **table: object) -> None:
        """Read the centre's table; Misconfigured, naming the field, where it is not right."""
        self.options = read_options(table)
        self.clock = SiteClock(lambda: wall_now().timestamp())
        self.api = open_api(self.options, self.clock)
        self.memory = Memory(self.options, self.api)
        self.nodes = Nodes(self.api, self.memory, self.clock)
        self.holding = Holding(self.options, self.api)
        self.jobs = Jobs(self.options, self.api)
        self.meter = Meter(self.api, self.clock, self.holding, self.memory, self.nodes)
        self.acceptance = Acceptance(self.options, self.jobs, self.clock)

    def ensure(self, view: AllocationView) -> Handle:
        """Make namespace, bounds and holders, or adopt them; end earlier generations.

        Pending until all devices are held by pods that run; ConnectorFailed when one finds no
        room or no image for half a minute, or the name is that of somebody else's namespace.
        """
        external = view.external_name
        name = names.namespace_of(external)
        known = self.api.read("Namespace", name)
        adopted = known is not None
        self.memory.begin(external, self.clock.now_s())
        self._end_earlier(view)
        if known is None:
            self.memory.drop_old(self.inventory(), self.clock.now_s())
            known = self._make(external)
        _check_ours(external, known)
        for body in bodies.fences(external, view.devices, self.options):
            if not self.api.create(body["kind"], body, name):
                self.api.replace(body["kind"], body, name)
        self._hold(view)
        return Handle(external, view.generation, adopted)

    def _make(self, external: str) -> Body | None:
        """Make the namespace; take it back when a later generation was begun meanwhile."""
        self.api.create("Namespace", bodies.namespace(external, self.options))
        known = self.api.read("Namespace", names.namespace_of(external))
        try:
            self.memory.begin(external, self.clock.now_s())
        except Fenced:
            if known is not None:
                self._let_go(external, known)
            raise
        return known

    def _end_earlier(self, view: AllocationView) -> None:
        labels = f"{names.AGREEMENT}={names.memory_of(view.external_name)}"
        for row in self.api.all("Namespace", labels=labels):
            other = from_lower_case(row["metadata"]["name"])
            if not other or other == view.external_name:
                continue
            if generation_of(other) > view.generation:
                msg = f"{view.base_name} is at generation {generation_of(other)}"
                raise Fenced(msg)
            self._let_go(other, row)
            raise Pending("an earlier generation is being removed")

    def _hold(self, view: AllocationView) -> None:
        """Hold what no job has; return once all devices are held."""
        standing, nodes = self._look(view)
        if self._keep(view, standing, nodes):
            standing, nodes = self._look(view)
        told = _shortage(view, standing, nodes)
        waits = standing.waiting()
        if waits and self.clock.now_s() - waits[0].made_s > PATIENCE_S:
            raise ConnectorFailed(told)
        if standing.devices_held(nodes, running=True) < view.devices:
            raise Pending(told)

    def _look(self, view: AllocationView) -> tuple[Standing, dict[str, Node]]:
        standing = self.holding.look(view.external_name)
        return standing, self.nodes.of(standing.pods)

    def _keep(self, view: AllocationView, standing: Standing, nodes: dict[str, Node]) -> bool:
        lasts_s = wall_seconds_left(view, clock_in_force(), wall_now())
        return self.holding.keep(view.external_name, view.devices, standing, nodes, lasts_s)

    def inspect(self, view: AllocationView) -> Status:
        """Tell whether all devices are held on nodes that are ready; put right what is not.

        A namespace that is being removed is no hand-over any more.
        """
        known = self.api.read("Namespace", names.namespace_of(view.external_name))
        if known is None:
            return Status(alive=False, healthy=False, detail="the namespace is gone")
        if _is_leaving(known):
            return Status(alive=False, healthy=False, detail="the namespace is being removed")
        standing, nodes = self._look(view)
        self.nodes.note(view.external_name, nodes)
        self._keep(view, standing, nodes)
        if abs(self.clock.skew_s) > SKEW_REFUSED_S:
            told = f"the site's clock is off by {self.clock.skew_s} s"
            return Status(alive=True, healthy=False, detail=told)
        if standing.devices_held(nodes) >= view.devices:
            return Status(alive=True, healthy=True)
        return Status(alive=True, healthy=False, detail=_shortage(view, standing, nodes)[:180])

    def release(self, external_name: str) -> None:
        """Remove the namespace with all that is in it; ConnectorFailed until it is gone."""
        name = names.namespace_of(external_name)
        known = self.api.read("Namespace", name)
        if known is None:
            return
        _check_ours(external_name, known, leaving=True)
        self._let_go(external_name, known)
        left = self.api.read("Namespace", name)
        if left is not None:
            rows = left.get("status", {}).get("conditions") or ()
            why = "; ".join(str(row.get("message", "")) for row in rows if row["status"] == "True")
            msg = f"{name} is still being removed {why}".strip()[:200]
            raise ConnectorFailed(msg)

    def _let_go(self, external_name: str, known: Body) -> None:
        """Remember what the pods had, then ask for the namespace's end."""
        if _is_leaving(known):
            return
        spans = self.meter.spans_of(self.holding.look(external_name))
        self.memory.keep(external_name, spans)
        meta = known["metadata"]
        self.api.delete("Namespace", meta["name"], uid=meta["uid"])

    def inventory(self) -> Sequence[str]:
        """Return the names of all hand-overs that have a namespace here, also a leaving one."""
        rows = self.api.all("Namespace", labels=f"{names.MANAGED}={names.OURS}")
        found = (from_lower_case(row["metadata"]["name"]) for row in rows)
        return sorted(name for name in found if name)

    def accept_test(self, view: AllocationView) -> Measured:
        """Count devices and measure the slowest by a job on every node that is ready."""
        shares = shares_of(view.devices, self.options.devices_per_node)
        standing, nodes = self._look(view)
        placed = {standing.node_of(share) for share in range(len(shares))}
        nodes |= self.nodes.named(placed - set(nodes))
        try:
            return self.acceptance.measure(view.external_name, shares, standing, nodes)
        finally:
            self._keep(view, self.holding.look(view.external_name), nodes)

    def read_meter(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Convert the pods' own times to quarters; silent where those cannot be trusted."""
        return self.meter.read(view, windows)

    def run_job(self, view: AllocationView, job: JobSpec) -> None:
        """Hand the job in unless the cluster knows one of its name, and make room for it."""
        name, external = names.job_name(job.external_id), view.external_name
        known = self.api.read("Namespace", names.namespace_of(external))
        if known is None or _is_leaving(known):
            msg = f"the namespace of {external} is gone"
            raise ConnectorFailed(msg)
        standing, nodes = self._look(view)
        shares = shares_of(view.devices, self.options.devices_per_node)
        if name not in {row["metadata"]["name"] for row in standing.jobs}:
            rooms = standing.rooms(shares)
            place = placing(job.devices, rooms)
            if place is None:
                msg = f"no node has room for {job.devices} devices of {external} now"
                raise ConnectorFailed(msg)
            told = {"GRIDHOUR_JOB": job.external_id, "GRIDHOUR_DEVICES": str(job.devices)}
            told = {**dict(job.env), **told}
            self.jobs.submit(Order(external, name, job.argv, place, job.time_limit_s, told))
            standing = self.holding.look(external)
            self.jobs.withdraw_if_crowded(external, name, standing, rooms)
        self._keep(view, standing, nodes)

    def job_state(self, view: AllocationView, external_id: str) -> JobStatus:
        """Tell where the job stands."""
        return self.jobs.status(view.external_name, names.job_name(external_id))

    def job_log(self, view: AllocationView, external_id: str, offset: int) -> bytes:
        """Return the next piece of the job's output."""
        return self.jobs.log(view.external_name, names.job_name(external_id), offset, PIECE_BYTES)

    def cancel_job(self, view: AllocationView, external_id: str) -> None:
        """End the job; nothing happens when it has ended."""
        self.jobs.end(view.external_name, names.job_name(external_id), "cancelled")

    def sign(self, site_code: str, message: bytes) -> tuple[str, str]:
        """Sign with the key that this machine keeps for the site."""
        return sign_for_site(site_code, message)


def _check_ours(external_name: str, known: Body | None, *, leaving: bool = False) -> None:
    """Refuse a namespace that Gridhour did not make; Pending for one that is being removed."""
    if known is None:
        msg = f"the namespace of {external_name} is not there"
        raise ConnectorFailed(msg)
    labels = known["metadata"].get("labels", {})
    if any(labels.get(key) != value for key, value in names.labels_of(external_name).items()):
        msg = f"the namespace of {external_name} is somebody else's"
        raise ConnectorFailed(msg)
    if _is_leaving(known) and not leaving:
        raise Pending("the namespace is being removed")


def _is_leaving(known: Body) -> bool:
    return bool(known["metadata"].get("deletionTimestamp"))


def _shortage(view: AllocationView, standing: Standing, nodes: dict[str, Node]) -> str:
    """Return how many devices are held, and why not all."""
    found = [one.trouble for one in nodes.values() if one.trouble]
    found += [f"{pod.name} waits for {pod.waits_for}" for pod in standing.waiting()]
    held = standing.devices_held(nodes)
    return "; ".join([f"{held} of {view.devices} devices are held", *found])
