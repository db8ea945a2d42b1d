"""The parts of the agent's Slurm connector: the centre's file, names, what programs print."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from gridhour_agent.connector import ConnectorFailed, connector_named
from gridhour_agent.connectors import slurm_probe, slurm_settings
from gridhour_agent.connectors.slurm_accounts import devices_in
from gridhour_agent.connectors.slurm_cluster import (
    Node,
    Reservation,
    Snapshot,
    _node,
    _reservation,
    rows_in,
    troubles,
)
from gridhour_agent.connectors.slurm_jobs import milliseconds
from gridhour_agent.connectors.slurm_meter import following
from gridhour_agent.connectors.slurm_names import (
    account_of,
    handover_of,
    job_name,
    nodes_in,
    whole,
    written,
)
from gridhour_agent.connectors.slurm_reservations import Shape, shape_of
from gridhour_agent.connectors.slurm_script import script_of
from gridhour_agent.connectors.slurm_settings import Misconfigured, Pool, settings_of

from tests.unit.agent.slurm_site import StandIn

# As Slurm 22.05.8 of Debian prints them, in one line each.
NODE = (
    "NodeName=n1 Arch=x86_64 CoresPerSocket=1  CPUAlloc=0 CPUTot=4 CPULoad=6.13"
    " Gres=gpu:h800:4 NodeAddr=127.0.0.1 Port=18073 Version=22.05.8"
    " OS=Linux 6.18.44 #1 SMP PREEMPT_DYNAMIC @0  RealMemory=2000 AllocMem=0 Sockets=4 Boards=1"
    " State=IDLE ThreadsPerCore=1 Partitions=market  BootTime=1795795800"
    " CfgTRES=cpu=4,mem=2000M,billing=4,gres/gpu=4,gres/gpu:h800=4 AllocTRES= CapWatts=n/a"
)
RESERVATION = (
    "ReservationName=gh-GH-2026-1-g1 StartTime=1795801193 EndTime=1795804793 Duration=01:00:00"
    " Nodes=n[1-2] NodeCnt=2 CoreCnt=4 Features=(null) PartitionName=market Flags="
    "   NodeName=n1 CoreIDs=0-1   NodeName=n2 CoreIDs=0-1 TRES=cpu=4 Users=(null) Groups=(null)"
    " Accounts=gh-gh-2026-1-g1 Licenses=(null) State=ACTIVE MaxStartDelay=(null)"
)
POOL = Pool("market", "gpu:h800", 4, 8)


def one(line: str) -> dict[str, str]:
    (row,) = rows_in(line)
    return row


def test_what_scontrol_prints_is_read() -> None:
    assert _node(one(NODE)) == Node("n1", 4, "")
    held = _reservation(one(RESERVATION))
    assert (held.nodes, held.cores, held.cores_a_node) == (("n1", "n2"), 4, 2)
    assert (held.starts_s, held.ends_s) == (1_795_801_193, 1_795_804_793)
    assert [*rows_in("No reservations in the system")] == []


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        ("IDLE", ""),
        ("MIXED+COMPLETING", ""),
        ("ALLOCATED+RESERVED", ""),
        ("IDLE+DRAIN Reason=fan State=IDLE [root@1795801193]", "IDLE DRAIN (fan)"),
        ("DOWN* Reason=Not responding [slurm@1]", "DOWN NOT_RESPONDING (Not responding)"),
        ("IDLE+WHAT_COMES_LATER", "IDLE WHAT_COMES_LATER"),
        ("FUTURE", "FUTURE"),
    ],
)
def test_a_node_that_runs_no_jobs_says_why(state: str, trouble: str) -> None:
    assert _node(one(NODE.replace("State=IDLE", f"State={state}"))).trouble == trouble


def test_rows_that_are_not_whole_are_refused() -> None:
    for broken in (_node, _reservation):
        with pytest.raises(ConnectorFailed, match="what is not known"):
            broken(one("NodeName=n1 ReservationName=x State=IDLE"))


def test_a_reserved_node_that_left_the_cluster_is_ill() -> None:
    held = Reservation("mine", ("n9",), 4, 0, 9)

    assert troubles(Snapshot({}, {}, 0, 0), held) == ["n9 is not in the cluster"]


def test_names_lead_there_and_back() -> None:
    name = "gh-GH-2026-1-g12"

    assert account_of(name) == "gh-gh-2026-1-g12"
    assert handover_of("gh-gh-2026-1-g12") == name
    assert job_name(name, "job-1") == f"{name}.job-1"
    for account in ("own", "gh-", "gh-g1", "gh-a-gx", "GH-A-g1", "root-g1", "gh-a_b-g1"):
        assert handover_of(account) == ""
    assert written(0) == "1970-01-01T00:00:00"


@pytest.mark.parametrize("text", ["n[1-2", "n[2-1]", "n[1-]x", "n 1", "n[1-99999]", "n[-]"])
def test_what_is_no_list_of_nodes_is_refused(text: str) -> None:
    with pytest.raises(ConnectorFailed):
        nodes_in(text)
    with pytest.raises(ConnectorFailed):
        whole(text)


def test_lists_of_nodes_are_read() -> None:
    assert nodes_in("n[08-10,7],gpu9") == ("n08", "n09", "n10", "n7", "gpu9")
    assert nodes_in("(null)") == nodes_in("") == ()
    with pytest.raises(ConnectorFailed, match="more than"):
        nodes_in("n[1-4000],m[1-4000]")


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("00:00.002", 2),
        ("05:06.789", 306_789),
        ("01:00:00", 3_600_000),
        ("1-00:00:01", 86_401_000),
        ("", 0),
        ("INVALID", 0),
    ],
)
def test_processor_times_are_read(text: str, ms: int) -> None:
    assert milliseconds(text) == ms


def test_limits_of_accounts_are_read() -> None:
    assert devices_in("gres/gpu=4") == devices_in("cpu=9,gres/gpu=4,gres/gpu:h800=4") == 4
    assert devices_in("") == devices_in("gres/gpu") == 0


def test_devices_are_shared_evenly_by_the_fewest_nodes() -> None:
    assert shape_of(3, POOL) == Shape(1, 3, 6)
    assert shape_of(6, POOL) == Shape(2, 3, 6)
    assert shape_of(9, POOL).devices == 9
    assert shape_of(4, POOL, most_per_node=3) == Shape(2, 2, 4)


def test_a_record_ends_where_the_next_generation_begins() -> None:
    first, second = (Reservation(f"gh-A-g{n}", ("n1",), 1, n, 99) for n in (1, 2))

    assert [record.ends_s for record in following([first, second])] == [2, 99]


def test_a_script_names_its_variables_and_quotes_its_words() -> None:
    script = script_of(("echo", "a b"), {"WHO": "x'y"}, "/jobs/u", 9, "clean", "/opt/slurm/bin")

    assert script.splitlines() == [
        "#!/bin/sh",
        "unset SLURM_EXPORT_ENV SLURM_TIME_FORMAT",
        "export PATH=/opt/slurm/bin:/usr/local/bin:/usr/bin:/bin",
        "export HOME=/jobs/u",
        "export TMPDIR=/jobs/u",
        "export LANG=C.UTF-8",
        "export WHO='x'\"'\"'y'",
        "clean",
        "exec timeout --kill-after=2 9 echo 'a b'",
    ]


def test_the_probe_counts_what_was_granted(monkeypatch: Any, capsys: Any) -> None:
    for name in slurm_probe.VISIBLE:
        monkeypatch.delenv(name, raising=False)
    assert slurm_probe.granted() == []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "NoDevFiles")
    monkeypatch.setenv("SLURM_JOB_GPUS", "2,3")
    monkeypatch.setattr(slurm_probe, "on_accelerators", lambda count: [])

    slurm_probe.main()

    assert '"devices": ["2", "3"]' in capsys.readouterr().out
    assert len(slurm_probe.on_processor(2)) == 2


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"cluster": None}, "cluster: is missing"),
        ({"cluster": "a b"}, "cluster: is not a name"),
        ({"parent_account": "x;y"}, "parent_account: is not a name"),
        ({"lab": "x"}, "lab: no such field"),
        ({"job_users": "ghj01"}, "job_users: is a list of texts"),
        ({"job_users": []}, "job_users: names accounts"),
        ({"job_users": ["root"]}, "job_users: names accounts"),
        ({"job_dir": "jobs/{user}"}, "job_dir: is a folder with"),
        ({"job_dir": "/jobs"}, "job_dir: is a folder with"),
        ({"job_dir": "/%u/{user}"}, "job_dir: has a %"),
        ({"job_dir": "/nowhere/{user}"}, "job_dir: there is no folder /nowhere/ghj01"),
        ({"programs": "/"}, "programs: sacctmgr"),
        ({"slurm_conf": "/nowhere"}, "slurm_conf: there is no file"),
        ({"as_user": ["become"]}, "as_user: is a command with"),
        ({"as_user": ["nothing", "{user}"]}, "as_user: nothing not found"),
        ({"lease_minutes": 5}, "lease_minutes: is at least 30"),
        ({"lease_minutes": True}, "lease_minutes: is a whole number"),
        ({"python": ""}, "python: is a text"),
        ({"pools": {}}, "pools: has no table"),
        ({"pools": {"A": {}}}, "pools.A: is a table"),
        ({"pools": {"a": {"partition": "p"}}}, "pools.a.gres: is missing"),
    ],
)
def test_a_wrong_field_is_named(
    tmp_path: Path, monkeypatch: Any, words: dict[str, object], field: str
) -> None:
    table = tomllib.loads((StandIn(tmp_path).state / "slurm.toml").read_text())
    table |= words
    monkeypatch.setattr(slurm_settings, "SYSTEM_PATH", "/usr/bin/nothing")

    with pytest.raises(Misconfigured) as refused:
        settings_of({name: value for name, value in table.items() if value is not None})

    assert str(refused.value).startswith(field)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"partition": "a,b"}, "pools.p.partition: is not"),
        ({"gres": "gpu:h800:4"}, "pools.p.gres: is a resource"),
        ({"cores_per_node": 7}, "pools.p.cores_per_node: is a multiple"),
        ({"devices_per_node": 0}, "pools.p.devices_per_node: is a whole number"),
        ({"memory": 1}, "pools.p.memory: no such field"),
    ],
)
def test_a_wrong_field_of_a_pool_is_named(words: dict[str, object], field: str) -> None:
    whole = {"partition": "m", "gres": "gpu", "devices_per_node": 4, "cores_per_node": 8}

    with pytest.raises(Misconfigured) as refused:
        settings_of({"pools": {"p": whole | words}})

    assert str(refused.value).startswith(field)


def test_an_agent_that_is_not_root_is_told_how_it_becomes_a_job_user(
    tmp_path: Path, monkeypatch: Any
) -> None:
    table = tomllib.loads((StandIn(tmp_path).state / "slurm.toml").read_text())
    del table["as_user"]
    monkeypatch.setattr("os.geteuid", lambda: 1_000)

    with pytest.raises(Misconfigured, match="as_user: is missing"):
        settings_of(table)


@pytest.mark.parametrize("text", [None, "a = "])
def test_a_file_that_is_not_there_or_not_whole_is_named(tmp_path: Path, text: str | None) -> None:
    if text:
        (tmp_path / "slurm.toml").write_text(text)

    with pytest.raises(Misconfigured, match=r"slurm\.toml: "):
        connector_named("slurm", tmp_path)
