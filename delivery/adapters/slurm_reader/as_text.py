"""What Slurm's tools print as text, in formats that have not changed for ten years."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from delivery.adapters.slurm_reader.states import is_usable, longest_limit
from delivery.domain.cluster import Node, Queued, Use

# Fields of fixed width: a name with a separator in it cannot shift the others.
QUEUE = (("JobID", 24), ("Name", 80), ("Account", 80), ("Partition", 160), ("State", 16),
         ("tres-alloc", 400), ("StartTime", 24), ("EndTime", 24), ("TimeLimit", 20))  # fmt: skip
PAST = ("JobID", "Account", "Partition", "AllocTRES", "Start", "End", "JobName")
RUNS = {"RUNNING", "COMPLETING", "CONFIGURING", "STAGE_OUT"}
WAITS = {"PENDING"}
GRES = re.compile(r"gpu(?::[^:,()]+)?:(\d+)")
TRES = re.compile(r"(?:^|,)gres/gpu=(\d+)")


def commands(since: datetime, now: datetime) -> dict[str, list[str]]:
    """Return the three commands by name."""
    fields = ",".join(f"{name}:{width}" for name, width in QUEUE)
    return {
        "sinfo": ["sinfo", "-N", "-h", "-o", "%N|%R|%T|%G"],
        "squeue": ["squeue", "-h", "-r", "-a", "-t", "R,CG,CF,PD", "-O", fields],
        "sacct": [
            *("sacct", "-a", "-X", "-n", "-P", "-S", _said(since), "-E", _said(now)),
            *("-o", ",".join(PAST)),
        ],
    }


def _said(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def nodes_in(text: str) -> list[Node]:
    """Return the nodes, each once, with all of its partitions."""
    found: dict[str, Node] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, partition, state, gres = line.split("|", 3)
        known = found.get(name)
        found[name] = Node(
            name=name,
            partitions=(known.partitions if known else frozenset()) | {partition},
            devices=devices_of_gres(gres),
            usable=is_usable([state]),
        )
    return list(found.values())


def devices_of_gres(gres: str) -> int:
    """Return the accelerators in `gpu:h800:8(S:0-1)`; several kinds are added."""
    return sum(int(count) for count in GRES.findall(gres))


def devices_of_tres(tres: str) -> int:
    """Return the accelerators in `cpu=8,gres/gpu=2,gres/gpu:h800=2`: the total, counted once."""
    found = TRES.search(tres)
    return int(found.group(1)) if found else 0


def queue_in(text: str, read_at: datetime) -> tuple[list[Use], list[Queued]]:
    """Return running and waiting jobs that hold or want accelerators."""
    running, queued = [], []
    for row in _rows(text):
        devices = devices_of_tres(row["tres-alloc"])
        if not devices:
            continue
        limit = _limit_seconds(row["TimeLimit"])
        if row["State"] in RUNS:
            starts = _instant(row["StartTime"]) or read_at
            ends = _instant(row["EndTime"]) or starts + timedelta(seconds=limit)
            named = (row["Name"], row["Account"], row["Partition"])
            running.append(Use(*named, devices, starts, max(ends, read_at)))
        elif row["State"] in WAITS:
            queued.append(Queued(row["Name"], row["Account"], row["Partition"], devices, limit))
    return running, queued


def _rows(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        if not line.strip():
            continue
        row, at = {}, 0
        for name, width in QUEUE:
            row[name] = line[at : at + width].strip()
            at += width
        yield row


def history_in(text: str, read_at: datetime) -> list[Use]:
    """Return what held accelerators; what still runs ends at `read_at`."""
    found = []
    for line in filter(None, text.splitlines()):
        _job, account, partition, tres, start, end, name = line.split("|", len(PAST) - 1)
        devices, starts = devices_of_tres(tres), _instant(start)
        if devices and starts is not None and starts < read_at:
            ends = min(_instant(end) or read_at, read_at)
            found.append(Use(name, account, partition, devices, starts, ends))
    return found


def _instant(text: str) -> datetime | None:
    """Return a time in UTC; None for `Unknown`, `N/A` and the like."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _limit_seconds(text: str) -> int:
    """Return the seconds of `2-03:00:00`, `03:00:00` or `30:00`; UNLIMITED counts as a month."""
    if not re.fullmatch(r"(\d+-)?\d+(:\d+){0,2}", text):
        return longest_limit()
    days, _dash, rest = text.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    if days:
        parts += [0] * (3 - len(parts))
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + part
    if len(parts) == 1:
        seconds *= 60
    return int(days or 0) * 86_400 + seconds
