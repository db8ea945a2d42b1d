"""What an API server lets in: the schema of the official client, quotas, limits, standards."""

import re
from typing import Any

from kubernetes import client
from pydantic import ValidationError

from tests.kubernetes.lab.store import Body, Refusal, Store

UNITS = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
ENDED = {"Succeeded", "Failed"}
_api = client.ApiClient(client.Configuration(host="http://127.0.0.1:1"))


def admit(store: Store, kind: str, namespace: str, body: Body) -> None:
    """Refuse what a real server would: each refusal has its status and reason."""
    check_schema(kind, body)
    if namespace:
        home = store.objects.get(("Namespace", "", namespace))
        if home is None:
            raise Refusal(404, "NotFound", f'namespaces "{namespace}" not found')
        if home["metadata"].get("deletionTimestamp"):
            raise Refusal(403, "Forbidden", f"namespace {namespace} is being terminated")
    if kind == "Pod":
        _check_standard(store, namespace, body)
        _check_limits(store, namespace, body)
        _check_quota(store, namespace, body)


def check_schema(kind: str, body: Body) -> None:
    """Decode as strictly as fieldValidation=Strict: an unknown field is a bad request."""
    try:
        model = getattr(client, f"V1{kind}").from_dict(body)
    except ValidationError as failure:
        raise Refusal(422, "Invalid", str(failure)) from failure
    lost = sorted(_lost(body, _api.sanitize_for_serialization(model), kind))
    if lost:
        raise Refusal(400, "BadRequest", f"unknown field {lost[0]}")


def _lost(given: Any, kept: Any, path: str) -> list[str]:
    if isinstance(given, dict) and given:
        kept = kept if isinstance(kept, dict) else {}
        return [
            found
            for name, value in given.items()
            for found in (
                _lost(value, kept.get(name), f"{path}.{name}")
                if name in kept or value in ({}, [])
                else [f"{path}.{name}"]
            )
        ]
    if isinstance(given, list) and isinstance(kept, list):
        pairs = zip(given, kept, strict=True)
        return [
            found
            for index, (one, other) in enumerate(pairs)
            for found in _lost(one, other, f"{path}[{index}]")
        ]
    return []


def quantity(text: str) -> int:
    """Return a quantity of Kubernetes as a whole number."""
    found = re.fullmatch(r"(\d+)(Ki|Mi|Gi|)", str(text))
    if found is None:
        raise Refusal(422, "Invalid", f"{text} is no quantity")
    return int(found[1]) * UNITS[found[2]]


def asked(pod: Body, key: str) -> int:
    """Return what a pod asks for under a quota's key: requests.x, limits.x, pods."""
    if key == "pods":
        return 1
    which, _, resource = key.partition(".")
    rows = pod["spec"]["containers"]
    return sum(quantity(row["resources"].get(which, {}).get(resource, "0")) for row in rows)


def _check_quota(store: Store, namespace: str, pod: Body) -> None:
    for quota in store.rows("ResourceQuota", namespace):
        scopes = quota["spec"].get("scopeSelector", {}).get("matchExpressions", [])
        classes = {value for scope in scopes for value in scope["values"]}
        for key, most in quota["spec"]["hard"].items():
            if not (key == "pods" or key.startswith(("requests.", "limits."))):
                continue
            if classes and pod["spec"].get("priorityClassName") not in classes:
                continue
            others = [
                row
                for row in store.rows("Pod", namespace)
                if row.get("status", {}).get("phase") not in ENDED
                and (not classes or row["spec"].get("priorityClassName") in classes)
            ]
            used = sum(asked(row, key) for row in others)
            if used + asked(pod, key) > quantity(most):
                name = quota["metadata"]["name"]
                words = f"exceeded quota: {name}, used: {key}={used}, limited: {key}={most}"
                raise Refusal(403, "Forbidden", words)


def _check_limits(store: Store, namespace: str, pod: Body) -> None:
    for row in store.rows("LimitRange", namespace):
        for limit in row["spec"]["limits"]:
            for container in pod["spec"]["containers"]:
                for key, value in container["resources"].get("limits", {}).items():
                    if quantity(value) > quantity(limit["max"].get(key, value)):
                        raise Refusal(403, "Forbidden", f"maximum {key} usage per Container")


def _check_standard(store: Store, namespace: str, pod: Body) -> None:
    """Enforce the parts of the pod security standard `restricted` that a pod can miss."""
    home = store.get("Namespace", "", namespace)["metadata"].get("labels", {})
    if home.get("pod-security.kubernetes.io/enforce") != "restricted":
        return
    own = pod["spec"].get("securityContext", {})
    for row in pod["spec"]["containers"]:
        inner = row.get("securityContext", {})
        well = (
            own.get("runAsNonRoot") is True
            and own.get("seccompProfile", {}).get("type") == "RuntimeDefault"
            and inner.get("allowPrivilegeEscalation") is False
            and inner.get("capabilities", {}).get("drop") == ["ALL"]
        )
        if not well:
            raise Refusal(403, "Forbidden", 'violates PodSecurity "restricted"')
