"""Ask accounting what was held, on nodes that ran jobs, and for nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass

from delivery.adapters.slurm.cluster import Cluster, Snapshot
from delivery.adapters.slurm.jobs import Jobs
from delivery.adapters.slurm.meter import SKEW_REFUSED_S, Records, following, metered
from delivery.adapters.slurm.options import SlurmOptions
from delivery.adapters.slurm.reservations import GENERATIONS, Record, Reservations
from delivery.adapters.slurm.shapes import shape_of
from delivery.domain.handover import AllocationView, Metered, MeterWindow
from delivery.domain.naming import is_external_name


@dataclass(frozen=True)
class Meter:
    """Reads quarters of a hand-over from slurmdbd's records."""

    options: SlurmOptions
    cluster: Cluster
    reservations: Reservations
    jobs: Jobs

    def read(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Return each quarter, or None for all while the records are not to be trusted.

        They are not while some wait to be written, while the site's clock is off by more than
        a minute, and while they and the controller disagree: on which reservations there are,
        or on which nodes run jobs.
        """
        snapshot = self.cluster.look_now()
        if snapshot.unrecorded or abs(snapshot.skew_s) > SKEW_REFUSED_S or not windows:
            return [None] * len(windows)
        first = view.generation - GENERATIONS
        held = following(self.reservations.records_of(view.base_name, first, view.generation))
        now_s = int(self.cluster.clock()) + snapshot.skew_s
        unknown = view.external_name in snapshot.reservations and not any(
            record.name == view.external_name for record in held
        )
        if unknown or any(_is_lost(record, snapshot, now_s) for record in held):
            return [None] * len(windows)
        from_s = int(min(window.wall_from for window in windows).timestamp()) - SKEW_REFUSED_S
        records = self._records(held, snapshot, from_s, now_s)
        if records is None:
            return [None] * len(windows)
        usage = self.jobs.usage(sorted({record.name for record in held}))
        shape = shape_of(view.devices, self.options)
        return [
            metered(shape, view.devices, records, usage, window, snapshot.skew_s)
            for window in windows
        ]

    def _records(
        self, held: Sequence[Record], snapshot: Snapshot, from_s: int, now_s: int
    ) -> Records | None:
        """Add what happened to the nodes, and who else had them; None where both disagree."""
        nodes = tuple(sorted({node for record in held for node in record.nodes}))
        if not nodes:
            return Records((), (), (), 0)
        told = self.reservations.ill_stretches(nodes, from_s)
        ill_now = {
            name for name in nodes if name in snapshot.nodes and snapshot.nodes[name].trouble
        }
        if {node for node, _from_s, to_s in told if to_s is None} != ill_now:
            return None
        ill = ((node, start_s, to_s or now_s + 1) for node, start_s, to_s in told)
        on_nodes = self.reservations.records_on(nodes, from_s)
        # Ours never lie over each other: making one looks for that, and takes it back.
        others = tuple(
            record
            for record in on_nodes
            if not is_external_name(record.name) and not _is_lost(record, snapshot, now_s)
        )
        cores = min(
            (snapshot.nodes[name].cores for name in nodes if name in snapshot.nodes),
            default=self.options.cores_per_node,
        )
        return Records(tuple(held), others, tuple(ill), cores)


def _is_lost(record: Record, snapshot: Snapshot, now_s: int) -> bool:
    """Tell whether accounting takes for granted what the controller does not have any more."""
    return record.ends_s > now_s + 2 and record.name not in snapshot.reservations
