"""Names at a cluster, from which everything is found again, and lists of nodes."""

import re
from datetime import UTC, datetime

from gridhour_agent.connector import ConnectorFailed

# Agreement numbers have capitals only: Slurm's accounts have none, and there is one way back.
HANDOVER = re.compile(r"gh-[A-Z0-9][A-Z0-9-]{0,60}-g[0-9]{1,6}")
JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")
MOST_NODES = 4_096
PART = re.compile(r"([A-Za-z0-9._-]+)(?:\[([0-9,-]+)\])?(?:,|$)")
NOBODY = {"", "(null)", "None", "None assigned"}


def checked(name: str) -> str:
    """Return the name, which becomes a word of commands, when it is a hand-over's."""
    if not HANDOVER.fullmatch(name):
        msg = f"{name[:80]} is not the name of a hand-over"
        raise ConnectorFailed(msg)
    return name


def job_name(name: str, job: str) -> str:
    """Return the name of a job at Slurm."""
    if not JOB.fullmatch(job):
        msg = f"{job[:80]} is not the name of a job"
        raise ConnectorFailed(msg)
    return f"{checked(name)}.{job}"


def account_of(name: str) -> str:
    """Return the hand-over's account."""
    return checked(name).lower()


def handover_of(account: str) -> str:
    """Return the hand-over of an account; empty when it is none of ours."""
    base, _, digits = account.rpartition("-g")
    name = f"gh-{base.removeprefix('gh-').upper()}-g{digits}"
    return name if HANDOVER.fullmatch(name) and name.lower() == account else ""


def generation_of(name: str) -> int:
    """Return the generation in a hand-over's name."""
    return int(checked(name).rpartition("-g")[2])


def nodes_in(text: str) -> tuple[str, ...]:
    """Return the names in a list like `n[01-03,7],gpu9`; ConnectorFailed for what is none."""
    names: list[str] = []
    at = 0
    while text not in NOBODY and at < len(text):
        found = PART.match(text, at)
        if found is None:
            msg = f"not a list of nodes: {text[:80]}"
            raise ConnectorFailed(msg)
        prefix, ranges = found.groups()
        names += [prefix] if ranges is None else [prefix + part for part in _numbers(ranges)]
        at = found.end()
    if len(names) > MOST_NODES:
        msg = f"more than {MOST_NODES} nodes: {text[:80]}"
        raise ConnectorFailed(msg)
    return tuple(names)


def _numbers(ranges: str) -> list[str]:
    numbers: list[str] = []
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        decimal = first.isdecimal() and (last or first).isdecimal()
        count = int(last or first) - int(first) + 1 if decimal else 0
        if not 1 <= count <= MOST_NODES:
            msg = f"not a range of nodes: {ranges[:80]}"
            raise ConnectorFailed(msg)
        numbers += [f"{int(first) + index:0{len(first)}d}" for index in range(count)]
    return numbers


def written(second: int) -> str:
    """Return an instant as Slurm's programs take it; they run in UTC."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def whole(text: str) -> int:
    """Return a whole number that a program printed; ConnectorFailed for anything else."""
    if not text.isdecimal():
        msg = f"not a whole number: {text[:40]}"
        raise ConnectorFailed(msg)
    return int(text)
