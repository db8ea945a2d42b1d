"""What Slurm's tools print with --json: plain numbers in 22.05, tables of number and set later."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from delivery.adapters.slurm_reader.as_text import (
    RUNS,
    WAITS,
    devices_of_gres,
    devices_of_tres,
)
from delivery.adapters.slurm_reader.states import is_usable, longest_limit
from delivery.domain.cluster import Node, Queued, Use

Row = dict[str, Any]


def nodes_in(text: str) -> list[Node]:
    """Return the nodes of `scontrol show nodes --json`, `sinfo --json` of 22.05 or slurmrestd."""
    return [
        Node(
            name=str(row["name"]),
            partitions=frozenset(map(str, row.get("partitions", []))),
            devices=devices_of_gres(str(row.get("gres", ""))),
            usable=is_usable([*_words(row["state"]), *_words(row.get("state_flags", []))]),
        )
        for row in json.loads(text)["nodes"]
    ]


def queue_in(text: str, read_at: datetime) -> tuple[list[Use], list[Queued]]:
    """Return running and waiting jobs that hold or want accelerators."""
    running, queued = [], []
    for row in json.loads(text)["jobs"]:
        state = set(_words(row["job_state"]))
        devices = devices_of_tres(str(row.get("tres_alloc_str") or row.get("tres_req_str") or ""))
        names = (str(row.get("name", "")), str(row["account"]), str(row["partition"]))
        if devices and state & RUNS:
            starts = _instant(row["start_time"]) or read_at
            ends = _instant(row.get("end_time")) or starts + timedelta(seconds=longest_limit())
            running.append(Use(*names, devices, starts, max(ends, read_at)))
        elif devices and state & WAITS:
            minutes = _number(row.get("time_limit"))
            limit = longest_limit() if minutes is None else minutes * 60
            queued.append(Queued(*names, devices, limit))
    return running, queued


def history_in(text: str, read_at: datetime) -> list[Use]:
    """Return what held accelerators; what still runs ends at `read_at`."""
    found = []
    for row in json.loads(text)["jobs"]:
        devices = _allocated(row)
        starts = _instant(row["time"]["start"])
        if devices and starts is not None and starts < read_at:
            ends = min(_instant(row["time"]["end"]) or read_at, read_at)
            names = (str(row.get("name", "")), str(row["account"]), str(row["partition"]))
            found.append(Use(*names, devices, starts, ends))
    return found


def _allocated(row: Row) -> int:
    """Return the accelerators allocated: the line without a model's name is the total."""
    lines = [
        one
        for one in row.get("tres", {}).get("allocated", [])
        if one.get("type") == "gres" and str(one.get("name", "")).split(":")[0] == "gpu"
    ]
    total = [int(one["count"]) for one in lines if one["name"] == "gpu"]
    return total[0] if total else sum(int(one["count"]) for one in lines)


def _words(value: object) -> list[str]:
    """Return states: a word in 22.05, a list later."""
    return [str(word) for word in value] if isinstance(value, list) else [str(value)]


def _number(value: object) -> int | None:
    """Return a number, however the version writes it; None when unset or infinite."""
    if isinstance(value, dict):
        if not value.get("set", True) or value.get("infinite", False):
            return None
        value = value.get("number")
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _instant(value: object) -> datetime | None:
    seconds = _number(value)
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else None
