"""Names and labels at the site: they follow from agreement, generation and number alone. Pure."""

import re

from delivery.adapters.connector import ConnectorFailed
from delivery.domain.naming import base_of, from_lower_case, generation_of, lower_case_name

MANAGED = "app.kubernetes.io/managed-by"
OURS = "gridhour"
AGREEMENT = "gridhour-agreement"
GENERATION = "gridhour-generation"
SHARE = "gridhour-share"
# What a pod is for: to hold devices, or to run a job.
ROLE = "gridhour-role"
HOLD = "hold"
JOB = "job"
NODES = "gridhour-nodes"
ENDED = "gridhour-ended"
JOB_OF_POD = "batch.kubernetes.io/job-name"
HOST = "kubernetes.io/hostname"

MOST_CHARACTERS = 63
SAFE_NAMESPACE = re.compile(r"gh-[a-z0-9][a-z0-9-]*-g[0-9]{1,6}")
SAFE_JOB = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")


def namespace_of(external_name: str) -> str:
    """Return the hand-over's namespace; ConnectorFailed when the name is not one of ours."""
    name = lower_case_name(external_name)
    known = SAFE_NAMESPACE.fullmatch(name) and from_lower_case(name) == external_name
    if not known or len(name) > MOST_CHARACTERS:
        msg = f"{external_name} is not a hand-over's name"
        raise ConnectorFailed(msg)
    return name


def memory_of(external_name: str) -> str:
    """Return the name of the object in which Gridhour remembers the agreement's hand-overs."""
    return base_of(namespace_of(external_name))


def labels_of(external_name: str) -> dict[str, str]:
    """Return the labels by which all of a hand-over is found again."""
    return {
        MANAGED: OURS,
        AGREEMENT: memory_of(external_name),
        GENERATION: str(generation_of(external_name)),
    }


def job_name(external_id: str) -> str:
    """Return a job's name; ConnectorFailed when Kubernetes could not take it."""
    if not SAFE_JOB.fullmatch(external_id) or external_id.startswith((HOLD, "acceptance")):
        msg = f"{external_id} is not a job's name"
        raise ConnectorFailed(msg)
    return external_id


def hold_name(share: int, number: int) -> str:
    """Return the name of the pod that holds a share's devices, or a part of them."""
    return f"{HOLD}-{share}-{number}"


def acceptance_name(share: int) -> str:
    """Return the name of the job that tests a share."""
    return f"acceptance-{share}"
