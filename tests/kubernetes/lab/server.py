"""A pretended API server over HTTP: one cluster's objects, its rules, and its faults."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.kubernetes.lab.admission import admit, check_schema
from tests.kubernetes.lab.machines import Machines
from tests.kubernetes.lab.store import Body, Refusal, Store

GROUPS = {"api/v1", "apis/batch/v1", "apis/networking.k8s.io/v1"}
PLURALS = {
    "namespaces": "Namespace", "nodes": "Node", "pods": "Pod", "configmaps": "ConfigMap",
    "resourcequotas": "ResourceQuota", "limitranges": "LimitRange",
    "networkpolicies": "NetworkPolicy", "jobs": "Job",
}  # fmt: skip
PATH = re.compile(
    r"/(?P<group>api/v1|apis/[a-z0-9.]+/v1)(?:/namespaces/(?P<namespace>[^/]+)"
    r"(?=/[a-z]))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<part>log))?"
)
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
SECRET = "a token of the lab"


class Cluster:
    """Two nodes of eight devices, and a server that can fail in known ways.

    `goes_away_after` writes are answered, then nothing is until it is None again; the answer
    of write `loses_answer_of` is lost though the write is done. Before a call that is named in
    `meanwhile` another one's work is done, once.
    """

    def __init__(self, folder: Path, resource: str = "nvidia.com/gpu") -> None:
        self.store = Store()
        self.machines = Machines(self.store, folder, resource)
        self.resource = resource
        self.writes: list[str] = []
        self.goes_away_after: int | None = None
        self.loses_answer_of: int | None = None
        self.meanwhile: dict[str, Callable[[], object]] = {}
        for name in ("n1", "n2"):
            self.store.add("Node", "", {"metadata": {"name": name}, "status": _well(resource)})
            self.set_ready(name, "True", "KubeletReady")
        self.store.add("Namespace", "", {"metadata": {"name": "gridhour"}})
        calls = dict.fromkeys((f"do_{verb}" for verb in WRITES | {"GET"}), _Handler.handle_call)
        server = type("Handler", (_Handler,), {"cluster": self, **calls})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), server)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def set_ready(self, node: str, status: str, reason: str, since_s: float = 0) -> None:
        with self.store.lock:
            since = self.store.written(self.store.now() - since_s)
            told = {"type": "Ready", "status": status, "reason": reason}
            body = self.store.get("Node", "", node)
            body["status"]["conditions"] = [told | {"lastTransitionTime": since}]

    def rows(self, kind: str, namespace: str = "") -> list[Body]:
        with self.store.lock:
            self.machines.move()
            return self.store.rows(kind, namespace)

    def names(self, kind: str, namespace: str = "") -> list[str]:
        return [row["metadata"]["name"] for row in self.rows(kind, namespace)]

    def add(self, kind: str, namespace: str, body: Body) -> Body:
        """Make an object as the centre's own people would."""
        with self.store.lock:
            return self.store.add(kind, namespace, body)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        with self.store.lock:
            self.machines.remove(kind, namespace, name)

    def end(self, pod: Body, code: int, reason: str) -> None:
        """End a container from outside, as the kernel does where memory is short."""
        with self.store.lock:
            self.machines.end(pod, code, reason)

    @property
    def processes(self) -> int:
        return sum(one.poll() is None for one in self.machines.processes.values())

    @contextmanager
    def running(self) -> Iterator["Cluster"]:
        thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.http.shutdown()
            self.http.server_close()
            thread.join()
            self.machines.stop()

    def answer(self, method: str, path: str, query: dict[str, str], body: Body) -> Body | bytes:
        found = PATH.fullmatch(path)
        if found is None or found["group"] not in GROUPS or found["plural"] not in PLURALS:
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        kind, namespace, name = PLURALS[found["plural"]], found["namespace"] or "", found["name"]
        if found["part"]:
            return self._log(namespace, name, query)
        if method == "GET" and not name:
            return self._page(kind, namespace, query)
        if method == "GET":
            return self.store.get(kind, namespace, name)
        return self._write(method, kind, namespace, name, body)

    def _write(self, method: str, kind: str, namespace: str, name: str, body: Body) -> Body:
        if method == "POST":
            admit(self.store, kind, namespace, body)
            return self.store.add(kind, namespace, body)
        if method == "PUT":
            check_schema(kind, body)
            return self.store.replace(kind, namespace, name, body)
        if method == "PATCH":
            return self.store.patch(kind, namespace, name, body)
        known = self.store.get(kind, namespace, name)
        wanted = body.get("preconditions", {}).get("uid", known["metadata"]["uid"])
        if wanted != known["metadata"]["uid"]:
            raise Refusal(409, "Conflict", "the UID in the precondition does not match")
        if kind == "Namespace":
            known["metadata"].setdefault("deletionTimestamp", self.store.written())
            known["status"] = {"phase": "Terminating"}
        else:
            self.machines.remove(kind, namespace, name)
        return known

    def _page(self, kind: str, namespace: str, query: dict[str, str]) -> Body:
        rows = self.store.rows(kind, namespace, query.get("labelSelector", ""))
        first, limit = int(query.get("continue", "0")), int(query.get("limit", "500"))
        more = {"continue": str(first + limit)} if first + limit < len(rows) else {}
        return {"kind": f"{kind}List", "metadata": more, "items": rows[first : first + limit]}

    def _log(self, namespace: str, name: str, query: dict[str, str]) -> bytes:
        pod = self.store.get("Pod", namespace, name)
        file = self.machines.log_of(pod)
        if not file.exists():
            raise Refusal(400, "BadRequest", "container main is waiting to start")
        return file.read_bytes()[: int(query["limitBytes"])]


def _check_token(sent: str | None) -> None:
    if sent != f"Bearer {SECRET}":
        raise Refusal(401, "Unauthorized", "Unauthorized")


def _nothing() -> None:
    """Do nothing meanwhile."""


def _well(resource: str) -> Body:
    return {"allocatable": {resource: "8"}, "conditions": []}


class _Handler(BaseHTTPRequestHandler):
    cluster: ClassVar[Cluster]
    protocol_version = "HTTP/1.1"

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(timestamp or self.cluster.store.now())

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def handle_call(self) -> None:
        """Answer, or fail as the cluster is told to."""
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size) or b"{}")
        cluster = self.cluster
        cluster.meanwhile.pop(f"{self.command} {urlsplit(self.path).path}", _nothing)()
        with cluster.store.lock:
            if cluster.goes_away_after is not None and (
                (self.command in WRITES and len(cluster.writes) >= cluster.goes_away_after)
                or cluster.goes_away_after == 0
            ):
                cluster.goes_away_after = 0
                self.close_connection = True
                return
            answer, status = self._answer(body)
        if self.command in WRITES and len(cluster.writes) == cluster.loses_answer_of:
            cluster.loses_answer_of = None
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _answer(self, body: Body) -> tuple[bytes, int]:
        cluster, address = self.cluster, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        cluster.machines.move()
        try:
            _check_token(self.headers.get("Authorization"))
            if self.command in WRITES:
                cluster.writes.append(f"{self.command} {address.path}")
            told = cluster.answer(self.command, address.path, query, body)
            return told if isinstance(told, bytes) else json.dumps(told).encode(), 200
        except Refusal as refusal:
            status = {
                "kind": "Status",
                "status": "Failure",
                "code": refusal.status,
                "reason": refusal.reason,
                "message": refusal.message,
            }
            return json.dumps(status).encode(), refusal.status


def until(holds: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
