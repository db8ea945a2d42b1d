"""What a site's scheduler says of its cluster: nodes, running work, the queue and history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# Hand-overs are named `gh-…` at every site (`delivery.domain.naming`), accounts and jobs alike.
OURS = "gh-"


@dataclass(frozen=True)
class Node:
    """One machine with its accelerators. Not usable: down, drained or failing."""

    name: str
    partitions: frozenset[str]
    devices: int
    usable: bool = True


@dataclass(frozen=True)
class Use:
    """Devices that a job held. `ends_at` of running work is when its time limit ends."""

    job: str
    account: str
    partition: str
    devices: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Queued:
    """Devices that a waiting job wants, and for how long at most."""

    job: str
    account: str
    partition: str
    devices: int
    limit_seconds: int


@dataclass(frozen=True)
class ClusterView:
    """A cluster at one instant. `history` is what ran since `history_from`, running work included.

    In `history` running work ends at `read_at`.
    """

    read_at: datetime
    history_from: datetime
    nodes: tuple[Node, ...]
    running: tuple[Use, ...]
    queued: tuple[Queued, ...]
    history: tuple[Use, ...]

    def partition(self, name: str) -> "ClusterView":
        """Return what concerns one partition, without the exchange's own hand-overs.

        What the exchange sold is in the capacity ledger already: counted here too, it would be
        taken off twice.
        """
        return ClusterView(
            read_at=self.read_at,
            history_from=self.history_from,
            nodes=tuple(node for node in self.nodes if name in node.partitions),
            running=tuple(one for one in self.running if _concerns(one, name)),
            queued=tuple(one for one in self.queued if _concerns(one, name)),
            history=tuple(one for one in self.history if _concerns(one, name)),
        )

    @property
    def devices(self) -> int:
        """Installed devices, in use or not."""
        return sum(node.devices for node in self.nodes)

    @property
    def usable_devices(self) -> int:
        """Devices of nodes that can take work."""
        return sum(node.devices for node in self.nodes if node.usable)


def _concerns(work: Use | Queued, partition: str) -> bool:
    named = partition in work.partition.split(",")
    return named and not is_ours((work.job, work.account))


def is_ours(names: Iterable[str]) -> bool:
    """Tell whether one of a job's names is a hand-over's of the exchange."""
    return any(name.lower().startswith(OURS) for name in names)
