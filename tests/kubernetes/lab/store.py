"""The objects of a pretended cluster, as etcd and the API machinery keep them."""

import copy
import itertools
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

Body = dict[str, Any]
Key = tuple[str, str, str]


class Refusal(Exception):
    """An answer of the API server that is no success."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


class Store:
    """Objects by kind, namespace and name; versions, labels, and the cluster's clock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.objects: dict[Key, Body] = {}
        self.offset_s = 0.0
        self._versions = itertools.count(1)

    def now(self) -> float:
        return time.time() + self.offset_s

    def written(self, moment: float | None = None) -> str:
        at = datetime.fromtimestamp(int(self.now() if moment is None else moment), UTC)
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"

    def add(self, kind: str, namespace: str, body: Body) -> Body:
        body = copy.deepcopy(body)
        meta = body.setdefault("metadata", {})
        key = (kind, namespace, meta["name"])
        if key in self.objects:
            raise Refusal(409, "AlreadyExists", f'{kind} "{meta["name"]}" already exists')
        meta |= {"uid": str(uuid.uuid4()), "creationTimestamp": self.written()}
        if namespace:
            meta["namespace"] = namespace
        self.objects[key] = body
        return self.touch(body)

    def touch(self, body: Body) -> Body:
        body["metadata"]["resourceVersion"] = str(next(self._versions))
        return body

    def get(self, kind: str, namespace: str, name: str) -> Body:
        body = self.objects.get((kind, namespace, name))
        if body is None:
            raise Refusal(404, "NotFound", f'{kind} "{name}" not found')
        return body

    def rows(self, kind: str, namespace: str = "", labels: str = "") -> list[Body]:
        wanted = dict(part.split("=", 1) for part in labels.split(",") if part)
        return [
            body
            for (one, place, _name), body in sorted(self.objects.items())
            if one == kind
            and namespace in {"", place}
            and wanted.items() <= body["metadata"].get("labels", {}).items()
        ]

    def replace(self, kind: str, namespace: str, name: str, body: Body) -> Body:
        known = self.get(kind, namespace, name)
        version = body["metadata"].get("resourceVersion")
        if version and version != known["metadata"]["resourceVersion"]:
            raise Refusal(409, "Conflict", "the object has been modified")
        kept = {field: known["metadata"][field] for field in ("uid", "creationTimestamp")}
        fresh = copy.deepcopy(body)
        fresh["metadata"] |= kept | ({"namespace": namespace} if namespace else {})
        self.objects[kind, namespace, name] = fresh
        return self.touch(fresh)

    def patch(self, kind: str, namespace: str, name: str, changes: Body) -> Body:
        known = self.get(kind, namespace, name)
        _merge(known, changes)
        return self.touch(known)

    def drop(self, kind: str, namespace: str, name: str) -> None:
        self.objects.pop((kind, namespace, name), None)

    def inside(self, namespace: str) -> Iterator[Key]:
        yield from [key for key in self.objects if key[1] == namespace]


def _merge(known: Body, changes: Body) -> None:
    for name, value in changes.items():
        if value is None:
            known.pop(name, None)
        elif isinstance(value, dict) and isinstance(known.get(name), dict):
            _merge(known[name], value)
        else:
            known[name] = copy.deepcopy(value)
