"""Whether the nodes of a hand-over are ready, and since when they are or are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.adapters.kubernetes.api import Api
from delivery.adapters.kubernetes.clock import SiteClock, second_of
from delivery.adapters.kubernetes.memory import Memory
from delivery.adapters.kubernetes.meter import Ill
from delivery.adapters.kubernetes.pods import Pod


@dataclass(frozen=True)
class Node:
    """One node: `trouble` says why it runs nothing, and is empty when it does."""

    name: str
    trouble: str
    since_s: int | None


@dataclass(frozen=True)
class Nodes:
    """Asks for the nodes that matter, one by one: they are few."""

    api: Api
    memory: Memory
    clock: SiteClock

    def of(self, pods: Iterable[Pod]) -> dict[str, Node]:
        """Return the nodes of pods that have not ended."""
        return self.named(pod.node for pod in pods if not pod.over)

    def named(self, wanted: Iterable[str]) -> dict[str, Node]:
        """Return the nodes by name; one that is not in the cluster is in trouble."""
        return {name: self._one(name) for name in sorted(set(wanted) - {""})}

    def note(self, external: str, nodes: Mapping[str, Node]) -> None:
        """Write down since when nodes are not ready: the API forgets it when they are again."""
        now_s = self.clock.now_s()
        bad = [one for one in nodes.values() if one.trouble]
        seen = [Ill(one.name, one.since_s or now_s, None) for one in bad]
        open_on = {row.node for row in self.memory.of(external).ill if row.to_s is None}
        seen += [
            Ill(one.name, 0, one.since_s or now_s)
            for one in nodes.values()
            if not one.trouble and one.name in open_on
        ]
        if seen:
            self.memory.note_ill(external, seen)

    def _one(self, name: str) -> Node:
        body = self.api.read("Node", name)
        return read_node(body) if body else Node(name, f"{name} is not in the cluster", None)


def read_node(body: Mapping[str, Any]) -> Node:
    """Return what an object of the API says of a node: pods run on it while it is Ready."""
    name = str(body["metadata"]["name"])
    for row in body.get("status", {}).get("conditions") or ():
        if row.get("type") == "Ready":
            since = second_of(row.get("lastTransitionTime"))
            ready = row.get("status") == "True"
            words = f"{name} is not ready ({row.get('reason') or row.get('status')})"
            return Node(name, "" if ready else words, since)
    return Node(name, f"{name} tells nothing of itself", None)
