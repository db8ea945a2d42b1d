"""What a hand-over is made of, as objects of the API. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from delivery.adapters.kubernetes import names
from delivery.adapters.kubernetes.options import KubernetesOptions
from delivery.adapters.kubernetes.pods import MAIN

Body = dict[str, Any]

# Objects of a namespace are counted too: a hand-over's jobs come to an end at this number.
MOST_JOBS = 5_000
LEAVES_IN_S = 60
# What each pod of a job is told: its own devices, and how many pods there are.
DEVICES = "GRIDHOUR_POD_DEVICES"
PODS = "GRIDHOUR_PODS"
AWAY = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def namespace(external_name: str, options: KubernetesOptions) -> Body:
    """Return the hand-over's namespace; its pods are held to the centre's standard."""
    labels = names.labels_of(external_name) | {
        "pod-security.kubernetes.io/enforce": options.pod_security
    }
    meta = {"name": names.namespace_of(external_name), "labels": labels}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}


def fences(external_name: str, devices: int, options: KubernetesOptions) -> list[Body]:
    """Return what bounds a namespace: quotas, limits of containers, and its network."""
    return [
        # Twice: for a moment a holder that ends and the one that follows it both count.
        _quota(external_name, names.HOLD, options.hold_class, 2 * devices, options),
        _quota(external_name, names.JOB, options.job_class, devices, options),
        _object(external_name, "v1", "ResourceQuota", "objects", _nothing_else()),
        _object(external_name, "v1", "LimitRange", names.OURS, _limits(options)),
        _object(
            external_name, "networking.k8s.io/v1", "NetworkPolicy", names.OURS, _network(options)
        ),
    ]


def _object(external_name: str, version: str, kind: str, name: str, spec: Body) -> Body:
    meta = {"name": name, "labels": names.labels_of(external_name)}
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec}


def _quota(
    external_name: str, name: str, priority: str, devices: int, options: KubernetesOptions
) -> Body:
    """Bound holders and jobs each by themselves: a job's pods wait while holders make room."""
    share = _share_of(devices, options)
    # By priority a quota bounds devices, processors and memory; scratch is bounded by the pods.
    hard = {f"requests.{options.resource}": str(devices)} | {
        f"limits.{key}": share[key] for key in ("cpu", "memory")
    }
    scope = {"scopeName": "PriorityClass", "operator": "In", "values": [priority]}
    spec = {"hard": hard, "scopeSelector": {"matchExpressions": [scope]}}
    return _object(external_name, "v1", "ResourceQuota", name, spec)


def _nothing_else() -> Body:
    hard = {"services": "0", "persistentvolumeclaims": "0", "count/jobs.batch": str(MOST_JOBS)}
    return {"hard": hard}


def _limits(options: KubernetesOptions) -> Body:
    one = _share_of(1, options)
    most = _share_of(options.devices_per_node, options)
    most[options.resource] = str(options.devices_per_node)
    return {"limits": [{"type": "Container", "max": most, "default": one, "defaultRequest": one}]}


def _network(options: KubernetesOptions) -> Body:
    """Nothing in and nothing out, unless the centre's table grants it."""
    spec: Body = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if options.network == "none":
        return spec
    own: list[Body] = [{"podSelector": {}}]
    out = [{}] if options.network == "all" else [{"to": own}]
    return spec | {"ingress": [{"from": own}], "egress": out}


def _share_of(devices: int, options: KubernetesOptions) -> dict[str, str]:
    """Return the processors, memory and scratch that go with so many devices."""
    return {
        "cpu": str(devices * options.cores_per_device),
        "memory": f"{devices * options.memory_mb_per_device}Mi",
        "ephemeral-storage": f"{devices * options.scratch_mb_per_device}Mi",
    }


def holder(
    external_name: str,
    share: int,
    number: int,
    devices: int,
    node: str,
    lasts_s: int,
    options: KubernetesOptions,
) -> Body:
    """Return a pod that holds devices and does nothing; it ends by itself with the window."""
    labels = names.labels_of(external_name) | {names.ROLE: names.HOLD, names.SHARE: str(share)}
    meta = {
        "name": names.hold_name(share, number),
        "labels": labels,
        "annotations": {names.NODES: node},
    }
    spec = _pod(options, options.hold_class, devices, ("sleep", "infinity"), {}, (node,))
    spec |= {"activeDeadlineSeconds": lasts_s, "terminationGracePeriodSeconds": 1}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def job(
    external_name: str,
    name: str,
    argv: Sequence[str],
    environment: Mapping[str, str],
    nodes: Sequence[str],
    devices_a_pod: int,
    time_limit_s: int,
    options: KubernetesOptions,
) -> Body:
    """Return a job: one pod on each of the nodes, numbered, none of them begun again.

    The limit of time is each pod's: one that ends so stays, with its times and its output.
    """
    labels = names.labels_of(external_name) | {names.ROLE: names.JOB}
    told = {**environment, DEVICES: str(devices_a_pod), PODS: str(len(nodes))}
    spec = _pod(options, options.job_class, devices_a_pod, argv, told, nodes)
    spec |= {"activeDeadlineSeconds": time_limit_s, "terminationGracePeriodSeconds": 3}
    if len(nodes) > 1:
        apart = {
            "labelSelector": {"matchLabels": {names.JOB_OF_POD: name}},
            "topologyKey": names.HOST,
        }
        spec["affinity"]["podAntiAffinity"] = {
            "requiredDuringSchedulingIgnoredDuringExecution": [apart]
        }
    meta = {"name": name, "labels": labels, "annotations": {names.NODES: ",".join(nodes)}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": meta,
        "spec": {
            "completions": len(nodes),
            "parallelism": len(nodes),
            "completionMode": "Indexed",
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def _pod(
    options: KubernetesOptions,
    priority: str,
    devices: int,
    argv: Sequence[str],
    environment: Mapping[str, str],
    nodes: Sequence[str],
) -> Body:
    user = options.run_as_user
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": priority,
        "nodeSelector": dict(part.split("=", 1) for part in options.node_selector),
        "affinity": _affinity([node for node in nodes if node]),
        "tolerations": _tolerations(options),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(options, devices, argv, environment)],
        "volumes": [{"name": "job", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}],
    }


def _affinity(nodes: Sequence[str]) -> Body:
    if not nodes:
        return {}
    host = {"key": names.HOST, "operator": "In", "values": list(nodes)}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [host]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _tolerations(options: KubernetesOptions) -> list[Body]:
    """Nodes with devices are often tainted by the device's name; a lost node is soon left."""
    leaves = [
        {
            "key": key,
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": LEAVES_IN_S,
        }
        for key in AWAY
    ]
    return [*leaves, {"key": options.resource, "operator": "Exists"}]


def _container(
    options: KubernetesOptions, devices: int, argv: Sequence[str], environment: Mapping[str, str]
) -> Body:
    limits = _share_of(devices, options) | {options.resource: str(devices)}
    told = {"HOME": "/job", "TMPDIR": "/tmp", **environment}  # noqa: S108  inside the pod
    env: list[Body] = [{"name": name, "value": value} for name, value in sorted(told.items())]
    env.append({"name": "GRIDHOUR_NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}})
    return {
        "name": MAIN,
        "image": options.image,
        "command": list(argv),
        "env": env,
        "workingDir": "/job",
        "resources": {"limits": limits, "requests": limits},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "job", "mountPath": "/job"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  inside the pod
        ],
    }
