"""What the cluster says of our pods, and what that means. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.adapters.kubernetes import names
from delivery.adapters.kubernetes.clock import second_of
from delivery.adapters.kubernetes.meter import Span

OVER = {"Succeeded", "Failed"}
MAIN = "main"
# Patched onto a pod, this ends it, and its record stays.
AT_ONCE_S = 1
BAD_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError"}


@dataclass(frozen=True)
class Pod:
    """One pod of a hand-over. Seconds are of the node's clock; `ended_s` is None while it runs."""

    name: str
    role: str
    job: str
    share: int
    devices: int
    node: str
    pinned: str
    phase: str
    made_s: int
    started_s: int | None
    ended_s: int | None
    leaving: bool
    why: str
    waits_for: str
    exit_code: int | None
    index: int

    @property
    def over(self) -> bool:
        """Tell whether its processes are gone."""
        return self.phase in OVER

    @property
    def holds(self) -> bool:
        """Tell whether it holds its devices, or will, and nobody has asked it to end."""
        return not self.over and not self.leaving

    def span(self, now_s: int) -> Span | None:
        """Return since and until when it had its devices; None when it never did."""
        if self.started_s is None:
            return None
        ended = now_s + 1 if self.ended_s is None and not self.over else self.ended_s
        return Span(self.started_s, ended or self.started_s, self.devices, self.node)


def read_pod(body: Mapping[str, Any], resource: str) -> Pod:
    """Return what an object of the API says of a pod."""
    meta, spec, status = body["metadata"], body["spec"], body.get("status", {})
    labels = meta.get("labels", {})
    ended = _main(status).get("state", {}).get("terminated") or {}
    return Pod(
        name=meta["name"],
        role=labels.get(names.ROLE, ""),
        job=labels.get(names.JOB_OF_POD, ""),
        share=int(labels.get(names.SHARE, "-1")),
        devices=_devices(spec, resource),
        node=spec.get("nodeName") or "",
        pinned=meta.get("annotations", {}).get(names.NODES, ""),
        phase=status.get("phase", "Pending"),
        made_s=second_of(meta.get("creationTimestamp")) or 0,
        started_s=second_of(status.get("startTime")),
        ended_s=_ended_s(status),
        leaving=bool(meta.get("deletionTimestamp"))
        or spec.get("activeDeadlineSeconds") == AT_ONCE_S,
        why=_why(status, ended),
        waits_for=_waits_for(status),
        exit_code=ended.get("exitCode"),
        index=int(meta.get("annotations", {}).get("batch.kubernetes.io/job-completion-index", "0")),
    )


def _main(status: Mapping[str, Any]) -> Mapping[str, Any]:
    rows: Iterable[Mapping[str, Any]] = status.get("containerStatuses") or ()
    return next((row for row in rows if row.get("name") == MAIN), {})


def _devices(spec: Mapping[str, Any], resource: str) -> int:
    rows = spec.get("containers") or ()
    return sum(int(row.get("resources", {}).get("limits", {}).get(resource, 0)) for row in rows)


def _ended_s(status: Mapping[str, Any]) -> int | None:
    """Return when the last container ended; a pod that never ran one has no such moment."""
    if status.get("phase") not in OVER:
        return None
    rows = status.get("containerStatuses") or ()
    ends = [second_of(_terminated(row).get("finishedAt")) for row in rows]
    return max((end for end in ends if end is not None), default=None)


def _terminated(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = row.get("state", {}).get("terminated") or {}
    return found


def _why(status: Mapping[str, Any], ended: Mapping[str, Any]) -> str:
    """Return the site's word for why a pod ended: of the pod, of a disruption, of the process."""
    disrupted = next(
        (
            str(row.get("reason", ""))
            for row in status.get("conditions") or ()
            if row.get("type") == "DisruptionTarget" and row.get("status") == "True"
        ),
        "",
    )
    return str(status.get("reason") or disrupted or ended.get("reason") or "")


def _waits_for(status: Mapping[str, Any]) -> str:
    """Return what keeps a pod from running, in the site's words; empty when nothing does."""
    for row in status.get("conditions") or ():
        if row.get("type") == "PodScheduled" and row.get("status") == "False":
            return f"{row.get('reason', '')}: {row.get('message', '')}"
    waiting = _main(status).get("state", {}).get("waiting") or {}
    if waiting.get("reason") in BAD_IMAGE:
        return f"{waiting['reason']}: {waiting.get('message', '')}"
    return ""
