"""What moves a pretended cluster: scheduler, kubelets, and the controllers of jobs and namespaces.

Containers are real processes of this machine; images, networks and devices are pretended.
"""

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.kubernetes.lab.admission import ENDED, admit
from tests.kubernetes.lab.store import Body, Refusal, Store

PRIORITIES = {"gridhour-job": 200, "gridhour-hold": 100}
JOB_NAME = "batch.kubernetes.io/job-name"
INDEX = "batch.kubernetes.io/job-completion-index"


class Machines:
    """One look moves everything as far as it goes now."""

    def __init__(self, store: Store, folder: Path, resource: str) -> None:
        self.store, self.folder, self.resource = store, folder, resource
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.made: set[tuple[str, str, int]] = set()
        self.stuck: set[str] = set()
        self.images = True
        self.paused: set[str] = set()
        self._numbers = itertools.count(1)

    def move(self) -> None:
        for part in ("namespaces", "kubelets", "jobs", "scheduler", "kubelets", "jobs"):
            if part not in self.paused:
                getattr(self, part)()

    # --- namespaces -------------------------------------------------------------------------

    def namespaces(self) -> None:
        for row in self.store.rows("Namespace"):
            name = row["metadata"]["name"]
            if not row["metadata"].get("deletionTimestamp"):
                continue
            if name in self.stuck:
                told = {"type": "NamespaceFinalizersRemaining", "status": "True"}
                row["status"] = {
                    "phase": "Terminating",
                    "conditions": [told | {"message": "a finalizer remains"}],
                }
                continue
            for kind, namespace, one in list(self.store.inside(name)):
                self.remove(kind, namespace, one)
            self.store.drop("Namespace", "", name)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        body = self.store.get(kind, namespace, name)
        if kind == "Job":
            for pod in self.store.rows("Pod", namespace, f"{JOB_NAME}={name}"):
                self.remove("Pod", namespace, pod["metadata"]["name"])
        if kind == "Pod":
            node = body["spec"].get("nodeName")
            if node and not self.ready(node):
                # Its kubelet cannot be reached: the object stays until it can.
                body["metadata"]["deletionTimestamp"] = self.store.written()
                return
            self._kill(body)
        self.store.drop(kind, namespace, name)

    def ready(self, node: str) -> bool:
        body = self.store.objects.get(("Node", "", node))
        return body is not None and body["status"]["conditions"][0]["status"] == "True"

    # --- jobs -------------------------------------------------------------------------------

    def jobs(self) -> None:
        for job in self.store.rows("Job"):
            if not _condition(job):
                self._drive(job)

    def _drive(self, job: Body) -> None:
        namespace, name = job["metadata"]["namespace"], job["metadata"]["name"]
        pods = self.store.rows("Pod", namespace, f"{JOB_NAME}={name}")
        there = {int(pod["metadata"]["annotations"][INDEX]) for pod in pods}
        for index in range(job["spec"]["completions"]):
            if (job["metadata"]["uid"], name, index) not in self.made:
                self._make(job, index)
                there.add(index)
        phases = [pod.get("status", {}).get("phase", "Pending") for pod in pods]
        lost = len(there) < job["spec"]["completions"]
        if lost or "Failed" in phases or job["spec"].get("activeDeadlineSeconds"):
            for pod in pods:
                if pod.get("status", {}).get("phase") not in ENDED:
                    self.remove("Pod", namespace, pod["metadata"]["name"])
            _end(job, "Failed", "BackoffLimitExceeded")
        elif phases.count("Succeeded") == job["spec"]["completions"]:
            _end(job, "Complete", "CompletionsReached")

    def _make(self, job: Body, index: int) -> None:
        template, name = job["spec"]["template"], job["metadata"]["name"]
        meta = {
            "name": f"{name}-{index}-{next(self._numbers):05}",
            "labels": template["metadata"]["labels"] | {JOB_NAME: name, "job-name": name},
            "annotations": {INDEX: str(index)},
        }
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}
        namespace = job["metadata"]["namespace"]
        try:
            admit(self.store, "Pod", namespace, body)
        except Refusal as refusal:
            job.setdefault("events", []).append(refusal.message)
            return
        self.store.add("Pod", namespace, body)
        self.made.add((job["metadata"]["uid"], name, index))

    # --- scheduler --------------------------------------------------------------------------

    def scheduler(self) -> None:
        waiting = [pod for pod in self.store.rows("Pod") if not pod["spec"].get("nodeName")]
        waiting.sort(key=self._turn)
        for pod in waiting:
            status = pod.setdefault("status", {"phase": "Pending"})
            fits = [node for node in self.store.rows("Node") if self._fits(pod, node)]
            if fits:
                pod["spec"]["nodeName"] = fits[0]["metadata"]["name"]
                status["conditions"] = [{"type": "PodScheduled", "status": "True"}]
            else:
                words = f"0/{len(self.store.rows('Node'))} nodes are available"
                told = {"reason": "Unschedulable", "message": f"{words}: {self.resource}"}
                status["conditions"] = [{"type": "PodScheduled", "status": "False"} | told]

    def _turn(self, pod: Body) -> tuple[int, int]:
        priority = PRIORITIES.get(pod["spec"].get("priorityClassName", ""), 0)
        return -priority, int(pod["metadata"]["resourceVersion"])

    def _fits(self, pod: Body, node: Body) -> bool:
        name = node["metadata"]["name"]
        others = [
            row
            for row in self.store.rows("Pod")
            if row["spec"].get("nodeName") == name
            and row.get("status", {}).get("phase") not in ENDED
        ]
        free = int(node["status"]["allocatable"][self.resource]) - sum(map(self.devices, others))
        affinity: Any = pod["spec"].get("affinity") or {}
        required = "requiredDuringSchedulingIgnoredDuringExecution"
        terms = affinity.get("nodeAffinity", {}).get(required, {}).get("nodeSelectorTerms", [])
        hosts = {host for term in terms for host in term["matchExpressions"][0]["values"]}
        apart = affinity.get("podAntiAffinity", {}).get(required, [])
        labels = apart[0]["labelSelector"]["matchLabels"].items() if apart else {}.items()
        beside = apart and any(labels <= row["metadata"]["labels"].items() for row in others)
        near = not hosts or name in hosts
        return self.ready(name) and near and not beside and self.devices(pod) <= free

    def devices(self, pod: Body) -> int:
        rows = pod["spec"]["containers"]
        return sum(int(row["resources"].get("limits", {}).get(self.resource, 0)) for row in rows)

    # --- kubelets ---------------------------------------------------------------------------

    def kubelets(self) -> None:
        for pod in self.store.rows("Pod"):
            node = pod["spec"].get("nodeName")
            if not node or not self.ready(node):
                continue
            if pod["metadata"].get("deletionTimestamp"):
                self.remove("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])
            elif pod["status"]["phase"] == "Pending":
                self._start(pod)
            elif pod["status"]["phase"] == "Running":
                self._watch(pod)

    def _start(self, pod: Body) -> None:
        status = pod["status"]
        status.setdefault("startTime", self.store.written())
        status.setdefault("started", self.store.now())
        if not self.images:
            waiting = {"reason": "ErrImagePull", "message": "no such image"}
            status["containerStatuses"] = [{"name": "main", "state": {"waiting": waiting}}]
            return
        container = pod["spec"]["containers"][0]
        told = {row["name"]: row.get("value", pod["spec"]["nodeName"]) for row in container["env"]}
        index = pod["metadata"].get("annotations", {}).get(INDEX, "0")
        granted = ",".join(f"GPU-{number}" for number in range(self.devices(pod)))
        told |= {"NVIDIA_VISIBLE_DEVICES": granted, "JOB_COMPLETION_INDEX": index}
        told |= {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        argv = list(container["command"])
        argv[0] = sys.executable if argv[0] == "python3" else argv[0]
        with self.log_of(pod).open("wb") as log:
            self.processes[pod["metadata"]["uid"]] = subprocess.Popen(
                argv, env=told, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        status["phase"] = "Running"
        running = {"running": {"startedAt": self.store.written()}}
        status["containerStatuses"] = [{"name": "main", "state": running}]

    def log_of(self, pod: Body) -> Path:
        return self.folder / f"{pod['metadata']['uid']}.log"

    def _watch(self, pod: Body) -> None:
        code = self.processes[pod["metadata"]["uid"]].poll()
        if code is not None:
            self.end(pod, 128 - code if code < 0 else code, "Error" if code else "Completed")
            return
        limit = pod["spec"].get("activeDeadlineSeconds")
        if limit is not None and self.store.now() - pod["status"]["started"] >= limit:
            self._kill(pod)
            self.end(pod, 137, "Error")
            pod["status"]["reason"] = "DeadlineExceeded"

    def end(self, pod: Body, code: int, reason: str) -> None:
        self._kill(pod)
        ended = {"exitCode": code, "reason": reason, "finishedAt": self.store.written()}
        ended["startedAt"] = pod["status"]["startTime"]
        pod["status"]["phase"] = "Failed" if code else "Succeeded"
        pod["status"]["containerStatuses"] = [{"name": "main", "state": {"terminated": ended}}]

    def _kill(self, pod: Body) -> None:
        process = self.processes.pop(pod["metadata"]["uid"], None)
        if process is not None:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        for pod in self.store.rows("Pod"):
            self._kill(pod)


def _condition(job: Body) -> list[Body]:
    rows: list[Body] = job.get("status", {}).get("conditions", [])
    return rows


def _end(job: Body, kind: str, reason: str) -> None:
    job["status"] = {"conditions": [{"type": kind, "status": "True", "reason": reason}]}
