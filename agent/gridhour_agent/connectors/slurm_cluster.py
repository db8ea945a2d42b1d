"""What the controller says: nodes, reservations, its clock. Kept a second."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from gridhour_agent.connector import ConnectorFailed
from gridhour_agent.connectors.slurm_names import nodes_in
from gridhour_agent.connectors.slurm_programs import Programs

KEPT_S = 1.0
USABLE = {"IDLE", "MIXED", "ALLOCATED"}
# Flags of a node that runs jobs all the same.
HARMLESS = {"COMPLETING", "CLOUD", "PLANNED", "RESERVED", "DYNAMIC_NORM"}
FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_:]*)=(.*?)(?=\s+[A-Za-z][A-Za-z0-9_:]*=|$)")
ASKED_AT = re.compile(r"^sdiag output at .*\((\d+)\)", re.MULTILINE)
UNRECORDED = re.compile(r"^DBD Agent queue size:\s*(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Node:
    """One node; `trouble` says why it runs no jobs, and is empty when it does."""

    name: str
    cores: int
    trouble: str


@dataclass(frozen=True)
class Reservation:
    """One reservation, of the controller's or of the records; seconds since 1970."""

    name: str
    nodes: tuple[str, ...]
    cores: int
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

    def held(self, name: str) -> Reservation:
        """Return a hand-over's reservation; ConnectorFailed when it is gone."""
        if name not in self.reservations:
            msg = f"the reservation {name} is gone"
            raise ConnectorFailed(msg)
        return self.reservations[name]


@dataclass
class Cluster:
    """Looks at the cluster at most once a second, however many hand-overs ask."""

    programs: Programs
    _seen: tuple[float, Snapshot] | None = None

    def look(self) -> Snapshot:
        """Return a view that is at most a second old."""
        if self._seen is None or time.monotonic() - self._seen[0] > KEPT_S:
            return self.look_now()
        return self._seen[1]

    def forget(self) -> None:
        """Look anew the next time: something was changed."""
        self._seen = None

    def look_now(self) -> Snapshot:
        """Return a fresh view."""
        asked = time.time()
        told = self.programs.run("sdiag")
        # The site tells whole seconds: half of one is the best guess of the rest.
        middle = (asked + time.time()) / 2
        nodes = [
            _node(row) for row in rows_in(self.programs.run("scontrol", "-o", "show", "nodes"))
        ]
        said = self.programs.run("scontrol", "-o", "show", "reservations")
        reservations = [_reservation(row) for row in rows_in(said) if "ReservationName" in row]
        snapshot = Snapshot(
            nodes={node.name: node for node in nodes},
            reservations={row.name: row for row in reservations},
            skew_s=round(_number(ASKED_AT, told) + 0.5 - middle),
            unrecorded=_number(UNRECORDED, told),
        )
        self._seen = (time.monotonic(), snapshot)
        return snapshot


def rows_in(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of each line that `scontrol -o` prints; the first of a name counts."""
    for line in text.splitlines():
        row: dict[str, str] = {}
        for name, value in FIELD.findall(line):
            row.setdefault(name, value)
        if row:
            yield row


def _number(shape: re.Pattern[str], text: str) -> int:
    found = shape.search(text)
    if found is None:
        msg = f"sdiag does not say {shape.pattern[1:20]}"
        raise ConnectorFailed(msg)
    return int(found[1])


def _node(row: dict[str, str]) -> Node:
    try:
        cores = int(row["Sockets"]) * int(row["CoresPerSocket"])
        # A star marks a node that does not answer.
        state, *flags = row["State"].replace("*", "+NOT_RESPONDING").split("+")
        name = row["NodeName"]
    except (KeyError, ValueError) as failure:
        msg = f"scontrol says of a node what is not known: {failure}"
        raise ConnectorFailed(msg) from failure
    bad = [flag for flag in flags if flag not in HARMLESS]
    words = [state, *bad] if bad or state not in USABLE else []
    if words and row.get("Reason"):
        words.append(f"({row['Reason'].partition(' [')[0]})")
    return Node(name, cores, " ".join(words))


def _reservation(row: dict[str, str]) -> Reservation:
    try:
        return Reservation(
            name=row["ReservationName"],
            nodes=nodes_in(row["Nodes"]),
            cores=int(row["CoreCnt"]),
            starts_s=int(row["StartTime"]),
            ends_s=int(row["EndTime"]),
        )
    except (KeyError, ValueError) as failure:
        msg = f"scontrol says of a reservation what is not known: {failure}"
        raise ConnectorFailed(msg) from failure


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
