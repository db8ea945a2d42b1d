"""What the cluster says of itself: nodes, reservations, its clock. Read by REST, kept a second."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from delivery.adapters.slurm.hostlist import nodes_in
from delivery.adapters.slurm.rest import SLURM, Rest

KEPT_S = 1.0
USABLE = {"idle", "mixed", "allocated"}
UNUSABLE_FLAGS = {
    "DRAIN", "FAIL", "NOT_RESPONDING", "POWERED_DOWN", "POWERING_DOWN", "REBOOT_ISSUED",
    "INVALID_REG", "MAINTENANCE",
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """One node; `trouble` says why it runs no jobs, and is empty when it does."""

    name: str
    cores: int
    trouble: str


@dataclass(frozen=True)
class Reservation:
    """One reservation; instants are seconds since 1970 by the site's clock."""

    name: str
    nodes: tuple[str, ...]
    cores: int
    accounts: str
    starts_s: int
    ends_s: int

    @property
    def cores_a_node(self) -> int:
        """Return the cores taken of each node, rounded up where they are uneven."""
        return -(-self.cores // len(self.nodes)) if self.nodes else 0


@dataclass(frozen=True)
class Snapshot:
    """Nodes and reservations by name; how far the site's clock is ahead; what waits for records."""

    nodes: dict[str, Node]
    reservations: dict[str, Reservation]
    skew_s: int
    unrecorded: int


@dataclass
class Cluster:
    """Looks at the cluster at most once a second, however many hand-overs ask."""

    rest: Rest
    # The site's clock is compared with this one: seconds since 1970.
    clock: Callable[[], float]
    _seen: tuple[float, Snapshot] | None = field(default=None)

    def look(self) -> Snapshot:
        """Return a view that is at most a second old."""
        if self._seen is None or time.monotonic() - self._seen[0] > KEPT_S:
            return self.look_now()
        return self._seen[1]

    def look_now(self) -> Snapshot:
        """Return a fresh view."""
        asked = self.clock()
        told = self.rest.get(f"{SLURM}/diag")["statistics"]
        # The site tells whole seconds: half of one is the best guess of the rest.
        middle = (asked + self.clock()) / 2
        nodes = [_node(row) for row in self.rest.rows("nodes", f"{SLURM}/nodes")]
        rows = self.rest.rows("reservations", f"{SLURM}/reservations")
        reservations = [_reservation(row) for row in rows]
        snapshot = Snapshot(
            nodes={node.name: node for node in nodes},
            reservations={row.name: row for row in reservations},
            skew_s=round(int(told["req_time"]) + 0.5 - middle),
            unrecorded=int(told.get("dbd_agent_queue_size", 0)),
        )
        self._seen = (time.monotonic(), snapshot)
        return snapshot


def _node(row: dict[str, Any]) -> Node:
    state, flags = str(row["state"]), set(row["state_flags"])
    bad = sorted(flags & UNUSABLE_FLAGS)
    words = [state, *bad] if bad or state not in USABLE else []
    if words and row.get("reason"):
        words.append(f"({row['reason']})")
    return Node(str(row["name"]), int(row["sockets"]) * int(row["cores"]), " ".join(words))


def _reservation(row: dict[str, Any]) -> Reservation:
    return Reservation(
        name=str(row["name"]),
        nodes=nodes_in(str(row["node_list"] or "")),
        cores=int(row["core_count"]),
        accounts=str(row["accounts"]),
        starts_s=int(row["start_time"]),
        ends_s=int(row["end_time"]),
    )


def troubles(snapshot: Snapshot, mine: Reservation) -> list[str]:
    """Return why the reserved nodes are not all ours and well; empty when they are.

    Slurm 22.05 lets a reservation of whole nodes lie over one of single cores: jobs of the
    second then wait for ever. Whoever came first, nothing is delivered on such a node.
    """
    found = [f"{name} {trouble}" for name, trouble in sorted(node_troubles(snapshot, mine).items())]
    for name in mine.nodes:
        others = [row for row in snapshot.reservations.values() if _meets(row, mine, name)]
        taken = mine.cores_a_node + sum(row.cores_a_node for row in others)
        node = snapshot.nodes.get(name)
        if others and node is not None and taken > node.cores:
            names = ", ".join(sorted(row.name for row in others))
            found.append(f"{name} is reserved twice: {names} lies over {mine.name}")
    return found


def node_troubles(snapshot: Snapshot, mine: Reservation) -> dict[str, str]:
    """Return which reserved nodes run no jobs, and why."""
    found = {}
    for name in mine.nodes:
        node = snapshot.nodes.get(name)
        trouble = "is not in the cluster" if node is None else node.trouble
        if trouble:
            found[name] = trouble
    return found


def _meets(other: Reservation, mine: Reservation, node: str) -> bool:
    same_time = other.starts_s < mine.ends_s and mine.starts_s < other.ends_s
    return other.name != mine.name and same_time and node in other.nodes
