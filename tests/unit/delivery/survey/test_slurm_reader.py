"""What Slurm's tools say, as text and as JSON, from files and from commands."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delivery.adapters.scheduler import SchedulerPlace, SchedulerSilent
from delivery.adapters.slurm_reader import SlurmReader
from delivery.adapters.slurm_reader.as_text import QUEUE, commands
from delivery.adapters.slurm_reader.as_text import _limit_seconds as limit_seconds
from delivery.adapters.slurm_reader.states import is_usable
from delivery.domain.cluster import ClusterView

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
SINCE = NOW - timedelta(days=70)
SINFO = """n1|gpu|mixed|gpu:h800:8(S:0-1)
n1|all|mixed|gpu:h800:8(S:0-1)
n2|gpu|drained|gpu:h800:8(S:0-1)
n3|gpu|idle*|gpu:h800:8
n4|cpu|idle|(null)
"""
SACCT = """101|lab|gpu|cpu=16,gres/gpu:h800=4,gres/gpu=4|2026-11-22T01:00:00|2026-11-22T03:30:00|fit
102|lab|gpu|cpu=16,gres/gpu=2,node=1|2026-11-23T03:00:00|Unknown|name | with bars
103|lab|gpu||Unknown|Unknown|waits
104|lab|cpu|cpu=4,node=1|2026-11-22T01:00:00|2026-11-22T02:00:00|no devices
"""


def queue_line(**fields: str) -> str:
    return "".join(fields.get(name, "N/A").ljust(width) for name, width in QUEUE)


SQUEUE = "\n".join(
    [
        queue_line(
            Name="a name",
            Account="lab",
            Partition="gpu",
            State="RUNNING",
            **{"tres-alloc": "cpu=16,gres/gpu=2", "StartTime": "2026-11-23T03:00:00"},
            EndTime="2026-11-23T09:00:00",
            TimeLimit="6:00:00",
        ),
        queue_line(
            Name="next",
            Account="lab",
            Partition="gpu,all",
            State="PENDING",
            **{"tres-alloc": "cpu=16,gres/gpu=8", "TimeLimit": "1-02:00:00"},
        ),
    ]
)


def check(view: ClusterView) -> None:
    assert view.partition("gpu").devices == 24
    assert view.partition("gpu").usable_devices == 8
    assert view.partition("cpu").devices == 0
    running, queued = view.running, view.queued
    assert [(one.devices, one.ends_at.hour) for one in running] == [(2, 9)]
    assert [(one.devices, one.limit_seconds) for one in queued] == [(8, 26 * 3600)]
    assert [(one.devices, one.ends_at) for one in view.history] == [
        (4, datetime(2026, 11, 22, 3, 30, tzinfo=UTC)),
        (2, NOW),
    ]
    assert len(view.partition("gpu").queued) == 1


def write(folder: Path, suffix: str, **texts: str) -> SchedulerPlace:
    for name, text in texts.items():
        (folder / f"{name}.{suffix}").write_text(text)
    return SchedulerPlace("qy-1", "slurm", {"folder": str(folder)})


def test_text_files_are_read(tmp_path: Path) -> None:
    place = write(tmp_path, "txt", sinfo=SINFO, squeue=SQUEUE, sacct=SACCT)

    check(SlurmReader().read(place, since=SINCE, now=NOW))


def _unix(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def _nodes_as_json(*, later: bool) -> list[object]:
    def node(name: str, gres: str, *words: str, parts: tuple[str, ...] = ("gpu",)) -> object:
        if later:
            return {"name": name, "gres": gres, "state": list(words), "partitions": list(parts)}
        flags = list(words[1:])
        row = {"name": name, "gres": gres, "state": words[0], "state_flags": flags}
        return {**row, "partitions": list(parts)}

    return [
        node("n1", "gpu:h800:8(S:0-1)", "MIXED", parts=("gpu", "all")),
        node("n2", "gpu:h800:8", "IDLE", "DRAIN"),
        node("n3", "gpu:h800:8", "DOWN", "NOT_RESPONDING"),
        node("n4", "", "IDLE", parts=("cpu",)),
    ]


def _queue_as_json(*, later: bool) -> list[object]:
    def number(value: int) -> object:
        return {"set": True, "infinite": False, "number": value} if later else value

    def state(word: str) -> object:
        return [word] if later else word

    return [
        {
            "name": "a name", "account": "lab", "partition": "gpu", "job_state": state("RUNNING"),
            "tres_alloc_str": "cpu=16,gres/gpu=2", "start_time": number(_unix("2026-11-23T03:00")),
            "end_time": number(_unix("2026-11-23T09:00")),
        },
        {
            "name": "next", "account": "lab", "partition": "gpu,all",
            "job_state": state("PENDING"), "tres_req_str": "cpu=16,gres/gpu=8",
            "start_time": number(0), "time_limit": number(26 * 60),
        },
    ]  # fmt: skip


def _past_as_json() -> list[object]:
    gres = {"type": "gres", "name": "gpu", "count": 4}
    return [
        {
            "name": "train", "account": "lab", "partition": "gpu",
            "time": {"start": _unix("2026-11-22T01:00"), "end": _unix("2026-11-22T03:30")},
            "tres": {"allocated": [gres, {"type": "gres", "name": "gpu:h800", "count": 4}]},
        },
        {
            "name": "still", "account": "lab", "partition": "gpu",
            "time": {"start": _unix("2026-11-23T03:00"), "end": 0},
            "tres": {"allocated": [{"type": "gres", "name": "gpu:h800", "count": 2}]},
        },
    ]  # fmt: skip


def _json_texts(*, later: bool) -> dict[str, str]:
    """The same cluster as 22.05 says it, and as later versions do."""
    bodies = {
        "sinfo": {"nodes": _nodes_as_json(later=later)},
        "squeue": {"jobs": _queue_as_json(later=later)},
        "sacct": {"jobs": _past_as_json()},
    }
    return {name: json.dumps(body) for name, body in bodies.items()}


@pytest.mark.parametrize("later", [False, True])
def test_json_of_old_and_new_versions_is_read(tmp_path: Path, *, later: bool) -> None:
    place = write(tmp_path, "json", **_json_texts(later=later))

    check(SlurmReader().read(place, since=SINCE, now=NOW))


def test_commands_are_run_with_times_in_utc(tmp_path: Path) -> None:
    write(tmp_path, "txt", sinfo=SINFO, squeue=SQUEUE, sacct=SACCT)
    tool = tmp_path / "elsewhere"
    tool.write_text(f'#!/bin/sh\nshift 4\ntest "$1" || exit 3\nexec cat {tmp_path}/"$1".txt\n')
    tool.chmod(tool.stat().st_mode | stat.S_IEXEC)

    place = SchedulerPlace("qy-1", "slurm", {"command": [str(tool)]})

    check(SlurmReader().read(place, since=SINCE, now=NOW))


@pytest.mark.parametrize(
    ("command", "said"),
    [(["/nowhere/ssh"], "No such file"), (["sh", "-c", "echo down >&2; exit 4"], "down")],
)
def test_a_silent_scheduler_says_why(command: list[str], said: str) -> None:
    place = SchedulerPlace("qy-1", "slurm", {"command": command})

    with pytest.raises(SchedulerSilent, match=said):
        SlurmReader().read(place, since=SINCE, now=NOW)


def test_what_cannot_be_read_is_not_taken_for_an_empty_cluster(tmp_path: Path) -> None:
    place = write(tmp_path, "txt", sinfo="n1 gpu\n", squeue="", sacct="")

    with pytest.raises(SchedulerSilent, match="cannot be read"):
        SlurmReader().read(place, since=SINCE, now=NOW)
    with pytest.raises(SchedulerSilent, match=r"neither sinfo\.json nor sinfo\.txt"):
        SlurmReader().read(
            SchedulerPlace("x", "slurm", {"folder": str(tmp_path / "none")}), since=SINCE, now=NOW
        )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30:00", 1_800), ("45", 2_700), ("2-03:00:00", 183_600), ("1-02", 93_600),
     ("UNLIMITED", 2_592_000), ("06:00:00", 21_600)],
)  # fmt: skip
def test_time_limits(text: str, seconds: int) -> None:
    assert limit_seconds(text) == seconds


@pytest.mark.parametrize(
    ("state", "usable"),
    [("idle", True), ("mixed-", True), ("idle*", False), ("down", False), ("draining", False),
     ("idle~", False), ("unheard_of", False), ("", False)],
)  # fmt: skip
def test_states(state: str, *, usable: bool) -> None:
    assert is_usable([state]) == usable


def test_the_queries_name_a_time_in_utc() -> None:
    assert "2026-11-23T04:00:00" in commands(SINCE, NOW)["sacct"]
