"""What Gridhour remembers at the site when a namespace is gone: one object an agreement.

It fences: a generation is written here before anything of it is made, and the object's
version lets one writer through at a time.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from delivery.adapters.connector import ConnectorFailed, Fenced
from delivery.adapters.kubernetes import names
from delivery.adapters.kubernetes.api import Api, Body
from delivery.adapters.kubernetes.clock import second_of
from delivery.adapters.kubernetes.meter import Ill, Span
from delivery.adapters.kubernetes.options import KubernetesOptions
from delivery.domain.naming import base_of, generation_of

TRIES = 5
MOST_SPANS = 4_000
MOST_ILL = 200
KEPT_S = 30 * 86_400
DROPPED_AT_ONCE = 50


@dataclass(frozen=True)
class Remembered:
    """The latest generation, when each was made, and what the ended ones had held."""

    generation: int
    made: dict[int, int]
    held: dict[int, tuple[Span, ...]]
    ill: tuple[Ill, ...]


NOTHING = Remembered(0, {}, {}, ())
Change = Callable[[Remembered], Remembered]


@dataclass(frozen=True)
class Memory:
    """Objects in the namespace `home`, changed by compare and set."""

    options: KubernetesOptions
    api: Api

    def of(self, external: str) -> Remembered:
        """Return what is remembered of the agreement; nothing when it is new."""
        body = self.api.read("ConfigMap", names.memory_of(external), self.options.home)
        return _read(body) if body else NOTHING

    def begin(self, external: str, now_s: int) -> None:
        """Write that the generation is being made; Fenced when a later one was."""
        number = generation_of(external)

        def change(known: Remembered) -> Remembered:
            if known.generation > number:
                msg = f"{base_of(external)} is at generation {known.generation}"
                raise Fenced(msg)
            made = {number: now_s} | known.made
            return replace(known, generation=number, made=made)

        self._change(external, change)

    def keep(self, external: str, spans: Sequence[Span]) -> None:
        """Keep what a generation's pods had held, before they go."""
        number, kept = generation_of(external), tuple(spans[-MOST_SPANS:])
        self._change(external, lambda known: replace(known, held=known.held | {number: kept}))

    def note_ill(self, external: str, seen: Iterable[Ill]) -> None:
        """Note since when nodes are not ready, and until when others were not."""
        found = tuple(seen)
        self._change(external, lambda known: replace(known, ill=_noted(known.ill, found)))

    def _change(self, external: str, change: Change) -> None:
        name = names.memory_of(external)
        for _ in range(TRIES):
            body = self.api.read("ConfigMap", name, self.options.home)
            known = _read(body) if body else NOTHING
            wanted = change(known)
            if body and wanted == known:
                return
            if body is None:
                if self.api.create("ConfigMap", _new(name, wanted), self.options.home):
                    return
            elif self.api.replace("ConfigMap", body | {"data": _data(wanted)}, self.options.home):
                return
        msg = f"others write what is remembered of {name} all the time"
        raise ConnectorFailed(msg)

    def drop_old(self, living: Iterable[str], now_s: int) -> None:
        """Forget, a few at a time, what is older than 30 days and has nothing living."""
        kept = {names.memory_of(external) for external in living}
        rows = self.api.all("ConfigMap", self.options.home, f"{names.MANAGED}={names.OURS}")
        old = [
            row["metadata"]["name"]
            for row in rows
            if (second_of(row["metadata"].get("creationTimestamp")) or now_s) < now_s - KEPT_S
        ]
        for name in sorted(set(old) - kept)[:DROPPED_AT_ONCE]:
            self.api.delete("ConfigMap", name, self.options.home)


def _noted(known: Sequence[Ill], seen: Sequence[Ill]) -> tuple[Ill, ...]:
    """Return the stretches with what was seen now: begun, still open, or over."""
    rows = {(row.node, row.from_s): row for row in known}
    for row in seen:
        if row.to_s is None:
            # One that is open stays as it began: of a node that is gone nobody knows since when.
            if not any(one.node == row.node and one.to_s is None for one in rows.values()):
                rows[row.node, row.from_s] = row
            continue
        for key, open_row in list(rows.items()):
            if open_row.node == row.node and open_row.to_s is None:
                rows[key] = replace(open_row, to_s=max(row.to_s, open_row.from_s))
    return tuple(sorted(rows.values(), key=lambda row: (row.from_s, row.node))[-MOST_ILL:])


def _new(name: str, wanted: Remembered) -> Body:
    meta = {"name": name, "labels": {names.MANAGED: names.OURS}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": _data(wanted)}


def _data(wanted: Remembered) -> dict[str, str]:
    record = {
        "made": wanted.made,
        "held": {
            number: [[span.from_s, span.to_s, span.devices, span.node] for span in spans]
            for number, spans in wanted.held.items()
        },
        "ill": [[row.node, row.from_s, row.to_s] for row in wanted.ill],
    }
    return {"generation": str(wanted.generation), "record": json.dumps(record)}


def _read(body: Body) -> Remembered:
    try:
        data: dict[str, Any] = body["data"]
        record = json.loads(data["record"])
        return Remembered(
            generation=int(data["generation"]),
            made={int(number): int(at) for number, at in record["made"].items()},
            held={
                int(number): tuple(Span(*row) for row in rows)
                for number, rows in record["held"].items()
            },
            ill=tuple(Ill(*row) for row in record["ill"]),
        )
    except (KeyError, TypeError, ValueError) as failure:
        msg = f"what is remembered of {body['metadata']['name']} cannot be read"
        raise ConnectorFailed(msg) from failure
