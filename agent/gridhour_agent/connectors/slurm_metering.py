"""Ask accounting what was held, on nodes that ran jobs, and for nobody else."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from gridhour_agent.connector import Handover, Metered, MeterWindow
from gridhour_agent.connectors.slurm_cluster import Cluster, Reservation, Snapshot
from gridhour_agent.connectors.slurm_meter import (
    SKEW_REFUSED_S,
    Records,
    following,
    is_lost,
    metered,
)
from gridhour_agent.connectors.slurm_names import handover_of
from gridhour_agent.connectors.slurm_reservations import GENERATIONS, Reservations


@dataclass(frozen=True)
class Meter:
    """Reads quarters of a hand-over from the cluster's records."""

    cluster: Cluster
    reservations: Reservations

    def read(self, handover: Handover, windows: Sequence[MeterWindow]) -> Sequence[Metered | None]:
        """Return each quarter, or None for all while the records are not to be trusted.

        They are not while some wait to be written, while the site's clock is off by more than
        a minute, and while they and the controller disagree: on which reservations there are,
        or on which nodes run jobs.
        """
        silent: list[Metered | None] = [None] * len(windows)
        snapshot = self.cluster.look_now()
        if snapshot.unrecorded or abs(snapshot.skew_s) > SKEW_REFUSED_S or not windows:
            return silent
        last = handover.generation
        held = following(self.reservations.records_of(handover.chain, last - GENERATIONS, last))
        now_s = int(time.time()) + snapshot.skew_s
        is_unknown = handover.name in snapshot.reservations and not any(
            record.name == handover.name for record in held
        )
        if is_unknown or any(is_lost(record, snapshot, now_s) for record in held):
            return silent
        from_s = int(min(window.wall_from for window in windows).timestamp()) - SKEW_REFUSED_S
        records = self._records(held, snapshot, from_s, now_s)
        if records is None:
            return silent
        return [metered(handover.devices, records, each, snapshot.skew_s) for each in windows]

    def _records(
        self, held: Sequence[Reservation], snapshot: Snapshot, from_s: int, now_s: int
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
        ill = tuple((node, start_s, to_s or now_s + 1) for node, start_s, to_s in told)
        on_nodes = self.reservations.records_on(nodes, from_s)
        # Ours never lie over each other: making one looks for that, and takes it back.
        others = tuple(
            record
            for record in on_nodes
            if not handover_of(record.name.lower()) and not is_lost(record, snapshot, now_s)
        )
        known = (snapshot.nodes[name].cores for name in nodes if name in snapshot.nodes)
        cores = min(known, default=max(record.cores_a_node for record in held))
        return Records(tuple(held), others, ill, cores)
