"""What a centre's table for a cluster says, checked when it is read."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from delivery.adapters.connector import ConnectorFailed

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
NUMBERS = {
    "devices_per_node", "cores_per_device", "memory_mb_per_device", "scratch_mb_per_device",
    "run_as_user", "acceptance_wait_s",
}  # fmt: skip
RESOURCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,250}/[A-Za-z0-9][A-Za-z0-9_.-]{0,61}")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
SELECTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,316}=[A-Za-z0-9._-]{0,63}")
CHOICES = {
    "network": ("none", "namespace", "all"),
    "pod_security": ("restricted", "baseline", "privileged"),
}
NAMES = ("home", "hold_class", "job_class")


class Misconfigured(ConnectorFailed):
    """The centre's table is not right; the message names the field."""


@dataclass(frozen=True)
class KubernetesOptions:
    """Identical nodes of one cluster, how to reach it, and what a pod there may have.

    `resource` is the device as its vendor's plugin names it: nvidia.com/gpu,
    huawei.com/Ascend910, amd.com/gpu. `home` is the namespace in which Gridhour remembers.
    """

    resource: str
    devices_per_node: int
    image: str
    kubeconfig: str = ""
    context: str = ""
    url: str = ""
    token_file: str = ""
    ca_file: str = ""
    home: str = "gridhour"
    hold_class: str = "gridhour-hold"
    job_class: str = "gridhour-job"
    node_selector: tuple[str, ...] = ()
    network: str = "none"
    pod_security: str = "restricted"
    run_as_user: int = 10_000
    cores_per_device: int = 8
    memory_mb_per_device: int = 32_768
    scratch_mb_per_device: int = 10_240
    python: str = "python3"
    acceptance_wait_s: int = 120


def read_options(table: Mapping[str, object]) -> KubernetesOptions:
    """Return the table's options; refuse with Misconfigured, naming the field."""
    known = {field.name: field for field in fields(KubernetesOptions)}
    for name in table:
        if name not in known:
            raise Misconfigured(f"{name}: no such field; known are {', '.join(known)}")
    for name, field in known.items():
        if field.default is MISSING and name not in table:
            raise Misconfigured(f"{name}: is missing")
    values = {name: _value(name, value) for name, value in table.items()}
    options = KubernetesOptions(**values)  # type: ignore[arg-type]
    _check_door(options)
    _check_names(options)
    return options


def _value(name: str, value: object) -> object:
    if name == "node_selector":
        if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
            raise Misconfigured(f"{name}: is a list of texts")
        return tuple(value)
    if name in NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Misconfigured(f"{name}: is a whole number from 1 on")
    elif not isinstance(value, str) or not value:
        raise Misconfigured(f"{name}: is a text")
    return value


def _check_door(options: KubernetesOptions) -> None:
    if bool(options.kubeconfig) == bool(options.url):
        raise Misconfigured("kubeconfig: give this or url, not both")
    if options.kubeconfig:
        if options.token_file or options.ca_file:
            raise Misconfigured("token_file: goes with url; a kubeconfig has its own")
        _check_file("kubeconfig", options.kubeconfig)
        return
    if options.context:
        raise Misconfigured("context: goes with kubeconfig")
    address = urlsplit(options.url)
    plain = address.scheme == "http" and address.hostname in LOOPBACK
    if not address.hostname or not (address.scheme == "https" or plain):
        raise Misconfigured("url: is https, since tokens travel; http on loopback only")
    if not options.token_file:
        raise Misconfigured("token_file: is missing")
    _check_file("token_file", options.token_file)
    if options.ca_file:
        _check_file("ca_file", options.ca_file)


def _check_file(name: str, path: str) -> None:
    if not Path(path).is_file():
        raise Misconfigured(f"{name}: there is no file {path}")


def _check_names(options: KubernetesOptions) -> None:
    if not RESOURCE.fullmatch(options.resource):
        raise Misconfigured("resource: is a device of a plugin, such as nvidia.com/gpu")
    for name, choices in CHOICES.items():
        if getattr(options, name) not in choices:
            raise Misconfigured(f"{name}: is one of {', '.join(choices)}")
    for name in NAMES:
        if not LABEL.fullmatch(getattr(options, name)):
            raise Misconfigured(f"{name}: is a name as Kubernetes takes it")
    if not all(SELECTOR.fullmatch(part) for part in options.node_selector):
        raise Misconfigured("node_selector: is a list of label=value")
