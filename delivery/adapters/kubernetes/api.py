"""The official client, and nothing else of it: calls by kind, JSON in and out, clear failures."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubernetes import client, config
from urllib3.exceptions import HTTPError

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.kubernetes.clock import SiteClock
from delivery.adapters.kubernetes.options import KubernetesOptions

Body = dict[str, Any]

LIMIT_S = 10
PAGE = 500
MOST_PAGES = 40
# Which part of the client serves a kind, what it calls it, and whether it lives in a namespace.
KINDS = {
    "Namespace": ("CoreV1Api", "namespace", False),
    "Node": ("CoreV1Api", "node", False),
    "Pod": ("CoreV1Api", "namespaced_pod", True),
    "ConfigMap": ("CoreV1Api", "namespaced_config_map", True),
    "ResourceQuota": ("CoreV1Api", "namespaced_resource_quota", True),
    "LimitRange": ("CoreV1Api", "namespaced_limit_range", True),
    "NetworkPolicy": ("NetworkingV1Api", "namespaced_network_policy", True),
    "Job": ("BatchV1Api", "namespaced_job", True),
}


class ApiRefused(ConnectorFailed):
    """The API server refused a call; `status` is its HTTP status, `reason` its own word."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        """Keep the status and the reason, by which callers decide."""
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass
class Api:
    """Calls of one cluster. Every failure is a ConnectorFailed."""

    door: Any
    clock: SiteClock
    _groups: dict[str, Any] = field(default_factory=dict)

    def read(self, kind: str, name: str, namespace: str = "") -> Body | None:
        """Return an object; None when there is none."""
        try:
            return self._json(self._call("read", kind, name, *_place(namespace)))
        except ApiRefused as refusal:
            if refusal.status != 404:
                raise
            return None

    def all(self, kind: str, namespace: str = "", labels: str = "") -> list[Body]:
        """Return the objects of a kind with these labels, page by page."""
        rows: list[Body] = []
        more: Body = {"limit": PAGE} | ({"label_selector": labels} if labels else {})
        for _ in range(MOST_PAGES):
            page = self._json(self._call("list", kind, *_place(namespace), **more))
            rows += page.get("items") or []
            token = page.get("metadata", {}).get("continue")
            if not token:
                return rows
            more["_continue"] = token
        msg = f"the cluster has more than {PAGE * MOST_PAGES} objects of {kind}"
        raise ConnectorFailed(msg)

    def create(self, kind: str, body: Body, namespace: str = "") -> bool:
        """Create an object; return False when one of its name is there."""
        try:
            self._call("create", kind, *_place(namespace), body=body, field_validation="Strict")
        except ApiRefused as refusal:
            if refusal.status == 409 and refusal.reason == "AlreadyExists":
                return False
            raise
        return True

    def replace(self, kind: str, body: Body, namespace: str = "") -> bool:
        """Put an object in place of the present one; False when another writer was first."""
        name = body["metadata"]["name"]
        try:
            self._call(
                "replace", kind, name, *_place(namespace), body=body, field_validation="Strict"
            )
        except ApiRefused as refusal:
            if refusal.status == 409:
                return False
            raise
        return True

    def patch(self, kind: str, name: str, body: Body, namespace: str = "") -> None:
        """Merge into an object; nothing happens when it is gone."""
        try:
            self._call("patch", kind, name, *_place(namespace), body=body)
        except ApiRefused as refusal:
            if refusal.status != 404:
                raise

    def delete(self, kind: str, name: str, namespace: str = "", uid: str = "") -> None:
        """Ask for an object's end; nothing happens when it is gone, or is another one by now."""
        body: Body = {"propagationPolicy": "Background"}
        if uid:
            body["preconditions"] = {"uid": uid}
        try:
            self._call("delete", kind, name, *_place(namespace), body=body)
        except ApiRefused as refusal:
            if refusal.status not in {404, 409}:
                raise

    def log(self, namespace: str, pod: str, container: str, most_bytes: int) -> bytes:
        """Return the first bytes of a container's output; none while it has none."""
        read = self._group("CoreV1Api").read_namespaced_pod_log
        try:
            answer = self._guarded(
                read, pod, namespace, container=container, limit_bytes=most_bytes
            )
        except ApiRefused as refusal:
            # 400: the container waits for its image; 404: the pod is gone.
            if refusal.status not in {400, 404}:
                raise
            return b""
        return bytes(answer.data)

    def close(self) -> None:
        """Let go of the connections."""
        self.door.rest_client.pool_manager.clear()

    def _group(self, name: str) -> Any:
        if name not in self._groups:
            self._groups[name] = getattr(client, name)(self.door)
        return self._groups[name]

    def _call(self, verb: str, kind: str, *words: str, **more: Any) -> Any:
        group, word, _in_namespace = KINDS[kind]
        return self._guarded(getattr(self._group(group), f"{verb}_{word}"), *words, **more)

    def _guarded(self, call: Callable[..., Any], *words: str, **more: Any) -> Any:
        asked = time.monotonic()
        try:
            answer = call(*words, _preload_content=False, _request_timeout=LIMIT_S, **more)
        except client.ApiException as failure:
            self.clock.hear((failure.headers or {}).get("Date", ""), time.monotonic() - asked)
            raise _refusal(failure) from failure
        except HTTPError as failure:
            msg = f"the API server does not answer: {type(failure).__name__}"
            raise ConnectorFailed(msg) from failure
        self.clock.hear(answer.headers.get("Date", ""), time.monotonic() - asked)
        return answer

    def _json(self, answer: Any) -> Body:
        try:
            body = json.loads(answer.data)
        except ValueError as failure:
            raise ConnectorFailed("the API server answered something else than JSON") from failure
        if not isinstance(body, dict):
            raise ConnectorFailed("the API server answered something else than an object")
        return body


def _place(namespace: str) -> tuple[str, ...]:
    return (namespace,) if namespace else ()


def _refusal(failure: Any) -> ApiRefused:
    """Return the server's refusal in its own words, as far as it gives any."""
    try:
        told = json.loads(failure.body or b"")
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    words = str(told.get("message") or failure.reason or "no reason given")[:200]
    status = int(failure.status or 0)
    return ApiRefused(f"the API server answered {status}: {words}", status, told.get("reason", ""))


def open_api(options: KubernetesOptions, clock: SiteClock) -> Api:
    """Return the door of the centre's cluster; ConnectorFailed when its files cannot be read."""
    settings = client.Configuration()
    try:
        if options.kubeconfig:
            config.load_kube_config(
                options.kubeconfig, options.context or None, client_configuration=settings
            )
        else:
            _by_token(settings, options)
    except (config.ConfigException, OSError) as failure:
        msg = f"the cluster's configuration cannot be read: {failure}"
        raise ConnectorFailed(msg) from failure
    # A try is repeated by the exchange, which counts it.
    settings.retries = False
    return Api(client.ApiClient(settings), clock)


def _by_token(settings: Any, options: KubernetesOptions) -> None:
    settings.host = options.url.rstrip("/")
    settings.ssl_ca_cert = options.ca_file or None
    settings.proxy = None

    def renew(fresh: Any) -> None:
        # Read each time: clusters renew tokens in place.
        token = Path(options.token_file).read_text().strip()
        fresh.api_key["authorization"] = f"Bearer {token}"

    settings.refresh_api_key_hook = renew
    renew(settings)
